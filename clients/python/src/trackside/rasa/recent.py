"""What was read lately, so that the next reading transfers only what is new."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import List, Optional, Sequence, Tuple

from rasa.shared.core.events import Event

from trackside import Snapshot

Stored = Tuple[int, Optional[Event]]
"""An event and its sequence; None for one that Rasa doesn't know."""

_MAX_BYTES = 64 << 20
_BYTES_BESIDE = 1_000


@dataclass(frozen=True)
class Session:
    """A conversation's session, as far as it was read.

    Its events are kept pickled, each part as it was made of what the store recorded: a tracker changes the
    events that it has (metadata is replaced, entities are added to a message), so that two trackers must
    never share one.
    """

    known: Optional[Snapshot] = None
    parts: Tuple[Tuple[int, bytes], ...] = ()
    """Each with the last sequence in it."""

    def events(self, first_sequence: int) -> List[Stored]:
        """The events from a sequence on, as new objects."""
        return [
            stored
            for last, pickled in self.parts
            if last >= first_sequence
            for stored in pickle.loads(pickled)
            if stored[0] >= first_sequence
        ]

    def then(self, read: Snapshot, events: Sequence[Stored]) -> Session:
        """The session with events that were read and that no tracker has had yet; an empty one where they are
        of a class that can't be pickled."""
        parts = [part for part in self.parts if part[0] >= read.first_sequence]
        try:
            if events:
                parts.append((events[-1][0], pickle.dumps(events, pickle.HIGHEST_PROTOCOL)))
        except (pickle.PicklingError, AttributeError, TypeError):
            return Session()
        return Session(replace(read, events=[]), tuple(parts))

    @property
    def size(self) -> int:
        """Bytes, about."""
        return sum(_BYTES_BESIDE + len(pickled) for _, pickled in self.parts)


class Recent:
    """The sessions that were read last, within a size in bytes."""

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self.size = 0
        """Bytes that are taken, about."""

    def get(self, conversation_id: str) -> Session:
        """What is known of a conversation's session; an empty one where nothing is."""
        return self._sessions.get(conversation_id) or Session()

    def put(self, conversation_id: str, session: Session) -> None:
        """Keeps a session, and forgets others that weren't read for longest where there is no room."""
        self.forget(conversation_id)
        if session.known and session.known.revision:
            self._sessions[conversation_id] = session
            self.size += session.size
        while self.size > self._max_bytes:
            self.forget(next(iter(self._sessions)))

    def forget(self, conversation_id: str) -> None:
        """Forgets a conversation."""
        known = self._sessions.pop(conversation_id, None)
        if known:
            self.size -= known.size
