"""Rasa's tracker store on Trackside."""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from typing import Any, AsyncIterator, Deque, Dict, Iterable, List, Optional, Sequence, Tuple

import rasa.core.tracker_store
from rasa.core.brokers.broker import EventBroker
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionReverted, Event, UserUtteranceReverted
from rasa.shared.core.trackers import DialogueStateTracker

from trackside import SequenceConflict, Snapshot, Trackside
from trackside.events import NewEvent
from trackside.rasa.dump import likeness, to_new_event, to_rasa, to_rasas
from trackside.rasa.errors import ConversationConflict
from trackside.rasa.failures import show_failures_of
from trackside.rasa.holdings import current_fence, current_lock, take_prefetch
from trackside.rasa.marks import Marks
from trackside.rasa.prefetch import Prefetch, prefetch_for
from trackside.rasa.recent import Recent, Session, Stored
from trackside.rasa.settings import connect
from trackside.rasa.window import Window, forget_what_is_gone
from trackside.tracker import Tracker

log = logging.getLogger("trackside.rasa")

# An append's limits, with room for what is sent beside the data.
_MAX_EVENTS = 1_000
_MAX_BYTES = 900_000

_REACHING_BACK = (ActionReverted, UserUtteranceReverted)


class TrackerStore(rasa.core.tracker_store.TrackerStore):
    """Keeps conversations in Trackside. `save` appends what is new in a tracker; nothing stored is changed.

    A call that fails raises, always: Rasa's fail-safe wrapper, which would go on in memory, is not put around
    this store. Within `LockStore.lock` reads and writes bear the lock's fence, so that they fail with
    FenceStale when the lock was lost and its next holder has read.

    Sessions begin at `action_session_start`, as in Rasa's in-memory and Redis stores.
    """

    def __init__(
        self,
        domain: Optional[Domain] = None,
        host: Optional[str] = None,
        event_broker: Optional[EventBroker] = None,
        **others: Any,
    ) -> None:
        """Takes what Rasa hands in; `host` is the address, which is `url` in `endpoints.yml`.

        Nothing is called yet: the sidecar may start later. Raises StoreMisconfigured.
        """
        super().__init__(domain, event_broker)
        self.client: Trackside = connect("tracker_store", host, others)
        """The client, for what Rasa has no call for: listing in pages, deleting, the feed."""
        self._marks = Marks()
        self._recent = Recent()
        prefetch_for(self, self.client.address)
        show_failures_of(TrackerStore)

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """The tracker of the current session; None where the conversation has no events. What this store has
        read of it before isn't transferred again. Raises what a call fails with."""
        before, read = await self._read(sender_id)
        if not read.continued:
            before = Session()
        kept, new = before.events(read.first_sequence), to_rasas(read.events)
        self._recent.put(sender_id, before.then(read, new))
        return self._tracker(sender_id, [*kept, *new])

    async def retrieve_full_tracker(self, conversation_id: str) -> Optional[DialogueStateTracker]:
        """The tracker of all sessions; None where the conversation has no events."""
        take_prefetch(conversation_id)
        read = await self.client.tracker(conversation_id).get(
            fence=current_fence(conversation_id), all_sessions=True
        )
        return self._tracker(conversation_id, to_rasas(read.events))

    async def exists(self, conversation_id: str) -> bool:
        """Whether the conversation has events."""
        take_prefetch(conversation_id)
        return await self.client.tracker(conversation_id).info() is not None

    async def keys(self) -> Iterable[str]:
        """The ids of all conversations. For many, list them in pages by `client.conversations()`."""
        return [conversation.conversation_id async for conversation in self.client.conversations()]

    async def get_or_create_tracker(
        self, sender_id: str, max_event_history: Optional[int] = None, append_action_listen: bool = True
    ) -> DialogueStateTracker:
        """As Rasa's, but a `max_event_history` that was set before stays where none is given."""
        return await super().get_or_create_tracker(
            sender_id, max_event_history or self.max_event_history, append_action_listen
        )

    def init_tracker(self, sender_id: str) -> DialogueStateTracker:
        """An empty tracker. What `max_event_history` lets it forget is saved all the same."""
        tracker = super().init_tracker(sender_id)
        if self.max_event_history is not None:
            tracker.events = Window(maxlen=self.max_event_history)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Appends those of the tracker's events that the store doesn't hold, then publishes them to the event
        broker.

        What others have appended since the tracker was read stays before them. Raises ConversationConflict,
        and stores nothing, where that would change what either means: events that take back others (`undo`,
        `rewind`); a conversation that was deleted and begun anew meanwhile; new events before stored ones.
        Raises FenceStale where the lock was lost.
        """
        take_prefetch(tracker.sender_id)
        events, base = self._marks.unsaved(tracker)
        broker = self.event_broker
        async for stored in self._append(tracker, events, base):
            if broker is not None:
                self._publish(broker, tracker.sender_id, stored)
        forget_what_is_gone(tracker.events)

    async def stream_events(self, tracker: DialogueStateTracker) -> None:
        """Does nothing: `save` publishes what it has stored."""

    async def delete(self, conversation_id: str) -> None:
        """Deletes the conversation. Raises NotFound."""
        take_prefetch(conversation_id)
        self._recent.forget(conversation_id)
        await self.client.tracker(conversation_id).delete()

    def prefetch(self, conversation_id: str) -> Prefetch:
        """For `trackside.rasa.LockStore`: what to read with the conversation's lock."""
        known = self._recent.get(conversation_id)
        return Prefetch(self, known, self.client.tracker(conversation_id).query(known=known.known))

    async def _read(self, conversation_id: str) -> Tuple[Session, Snapshot]:
        """What is known of the current session, and a reading that may go on from there: the one that came
        with the lock where nothing was done within it yet."""
        lock, prefetch = current_lock(conversation_id), take_prefetch(conversation_id)
        if lock and prefetch and prefetch.store is self and not lock.lost.is_set():
            return prefetch.known, await lock.snapshot()
        known = self._recent.get(conversation_id)
        conversation = self.client.tracker(conversation_id)
        return known, await conversation.get(fence=current_fence(conversation_id), known=known.known)

    def _tracker(self, conversation_id: str, events: Sequence[Stored]) -> Optional[DialogueStateTracker]:
        if not events:
            return None
        tracker = self.init_tracker(conversation_id)
        for sequence, event in events:
            if event is not None:
                self._marks.add(conversation_id, sequence, event)
                tracker.update(event)
        forget_what_is_gone(tracker.events)
        return tracker

    async def _append(
        self, tracker: DialogueStateTracker, events: List[Event], base: int
    ) -> AsyncIterator[List[Event]]:
        """Appends the events behind a sequence, in as few appends as their size allows; yields what each has
        stored."""
        conversation = self.client.tracker(tracker.sender_id)
        new = {id(event): to_new_event(event) for event in events}
        while events:
            batch = _first_batch([new[id(event)] for event in events[:_MAX_EVENTS]])
            try:
                appended = await conversation.append(
                    batch, expect=base, fence=current_fence(tracker.sender_id)
                )
            except SequenceConflict:
                events, base = await self._catch_up(conversation, tracker, events, base)
                continue
            stored, events = events[: len(batch)], events[len(batch) :]
            for sequence, event in enumerate(stored, appended.first_sequence):
                self._marks.add(tracker.sender_id, sequence, event)
            base = appended.last_sequence
            yield stored

    async def _catch_up(
        self, conversation: Tracker, tracker: DialogueStateTracker, events: List[Event], base: int
    ) -> Tuple[List[Event], int]:
        """Looks at what was appended behind the base. Answers those of the events that aren't there already,
        as they are where another object of the same conversation was saved, and the sequence to append them
        behind."""
        info = await conversation.info()
        if base and (info is None or not info.first_sequence <= base <= info.last_sequence):
            raise ConversationConflict(
                conversation.conversation_id,
                f"event {base}, which the tracker was read with, isn't in the store any more: the "
                f"conversation was deleted or truncated meanwhile",
            )
        if info is None:
            return events, 0
        missing: Dict[str, Deque[Event]] = defaultdict(deque)
        for event in events:
            missing[likeness(event)].append(event)
        others = 0
        async for recorded in conversation.events(first_sequence=base + 1, last_sequence=info.last_sequence):
            stored = to_rasa(recorded)
            alike = missing.get(likeness(stored)) if stored is not None else None
            if alike:
                self._marks.add(conversation.conversation_id, recorded.sequence, alike.popleft())
            else:
                others += 1
        unsaved, _ = self._marks.unsaved(tracker)
        asked = {id(event) for event in events}
        events = [event for event in unsaved if id(event) in asked]
        if base and others and any(isinstance(event, _REACHING_BACK) for event in events):
            raise ConversationConflict(
                conversation.conversation_id,
                f"{others} events were appended behind event {base}, which the tracker was read with, and it "
                f"has an event that would take them back",
            )
        return events, info.last_sequence

    def _publish(self, broker: EventBroker, conversation_id: str, events: List[Event]) -> None:
        """Hands stored events to the broker. They are kept whatever it does with them, so its failure is only
        logged."""
        for event in events:
            try:
                broker.publish({"sender_id": conversation_id, **event.as_dict()})
            except Exception:
                log.exception("conversation '%s': the event broker failed with an event", conversation_id)


def _first_batch(events: List[NewEvent]) -> List[NewEvent]:
    """As many of the first events as fit into one append, at least one."""
    size = 0
    for count, event in enumerate(events):
        size += event.to_message().ByteSize()
        if size > _MAX_BYTES and count:
            return events[:count]
    return events
