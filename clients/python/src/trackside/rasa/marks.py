"""Which of a tracker's events the store holds."""

from __future__ import annotations

from typing import Dict, List, Tuple
from weakref import ref

from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker

from trackside.rasa.errors import ConversationConflict
from trackside.rasa.window import all_of


class Marks:
    """Remembers of event objects where the store holds them, as long as they live.

    A tracker has no place for it: Rasa copies trackers, cuts them at a time and makes new ones of their
    events, but in all of them the event objects are the same. What is equal is not: events compare without
    their time.
    """

    def __init__(self) -> None:
        self._of: Dict[int, Tuple["ref[Event]", str, List[int]]] = {}

    def add(self, conversation_id: str, sequence: int, event: Event) -> None:
        """Remembers that the store holds the event at a sequence. An action may say one object again: it has
        several then, which are added in order."""
        key = id(event)
        known = self._of.get(key)
        if known is not None and known[1] == conversation_id:
            known[2].append(sequence)
        else:
            self._of[key] = (ref(event, lambda _: self._of.pop(key, None)), conversation_id, [sequence])

    def unsaved(self, tracker: DialogueStateTracker) -> Tuple[List[Event], int]:
        """The tracker's events that the store doesn't hold, and the sequence of the last one it does, else 0.

        Raises ConversationConflict where one of them stands before one that the store holds.
        """
        unsaved: List[Event] = []
        last = 0
        for event in all_of(tracker.events):
            sequence = self._after(last, tracker.sender_id, event)
            if not sequence:
                unsaved.append(event)
            elif not unsaved:
                last = sequence
            else:
                raise ConversationConflict(
                    tracker.sender_id,
                    f"the tracker has an event '{unsaved[0].type_name}' before event {sequence} of the "
                    f"store, where there is none; history can't be rewritten: delete the conversation first, "
                    f"and save it anew",
                )
        return unsaved, last

    def _after(self, last: int, conversation_id: str, event: Event) -> int:
        """The event's first sequence behind another; 0 where it has none."""
        known = self._of.get(id(event))
        if known is None or known[1] != conversation_id:
            return 0
        for sequence in known[2]:
            if sequence > last:
                return sequence
        return 0
