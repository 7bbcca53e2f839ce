"""Conversations: appending to them, reading them back, erasing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import AsyncIterator, Iterable, Literal, Optional, Sequence, Tuple, Union

from trackside._transport import methods
from trackside._transport.caller import Caller, new_id
from trackside._transport.words import word_of
from trackside.errors import NotFound
from trackside.events import Event, NewEvent
from trackside.query import Boundary, Query, Snapshot, Verbosity
from trackside.times import Time, to_datetime, to_timestamp
from trackside.v1 import event_pb2
from trackside.v1 import tracker_service_pb2 as pb

Expectation = Union[int, Literal["no_events", "has_events"], None]
"""What must be true of a conversation for an append to happen: the sequence of its last event, as a
`Snapshot` tells it (0 is `no_events`); that it has no events, being new or deleted; that it has some. None
expects nothing."""


@dataclass(frozen=True)
class Appended:
    """Where an append's events are. `duplicate` where it was accepted before and nothing was stored now.

    `durability` is how safe they are: `persisted` in the store, `replicated` on its replicas too, `journaled`
    in the sidecar's journal, the store being down, or `volatile`, in memory.
    """

    append_id: str
    first_sequence: int
    last_sequence: int
    store_id: str
    partition: int
    first_position: int
    last_position: int
    store_time: datetime
    durability: str
    duplicate: bool


@dataclass(frozen=True)
class Conversation:
    """What is known of a conversation without reading its events. `first_sequence` is the lowest that is not
    truncated away, `highest_fence` the highest that was accepted, None where none ever was."""

    conversation_id: str
    first_sequence: int
    last_sequence: int
    create_time: datetime
    update_time: datetime
    partition: int
    highest_fence: Optional[int]


@dataclass(frozen=True)
class Erasure:
    """What was erased, as ranges of sequences with both ends, and the log's entry that tells so; none, with
    position 0, where there was nothing to erase."""

    store_id: str
    partition: int
    position: int
    sequences: Tuple[Tuple[int, int], ...]


class Tracker:
    """One conversation. It need not exist yet, and making this object calls nothing."""

    def __init__(self, caller: Caller, conversation_id: str) -> None:
        self._caller = caller
        self.conversation_id = conversation_id
        """The conversation's id."""

    async def append(
        self,
        events: Iterable[NewEvent],
        *,
        expect: Expectation = None,
        fence: Optional[int] = None,
        append_id: Optional[str] = None,
    ) -> Appended:
        """Appends events: all of them are stored, or none.

        `expect` is what must be true of the conversation, `fence` the conversation's lock's. `append_id`
        names this append within the conversation: one that was accepted before stores nothing and gets the
        first result; by default it is a new one, which makes this call's own repeats safe.

        Raises SequenceConflict, FenceStale, AppendIdReused, TooLarge (above 1,000 events or 1 MiB),
        Unavailable.
        """
        request = pb.AppendEventsRequest(
            conversation_id=self.conversation_id,
            events=[event.to_message() for event in events],
            append_id=append_id or new_id(),
            fence=fence,
        )
        if expect == "no_events" or expect == 0:
            request.no_events.SetInParent()
        elif expect == "has_events":
            request.has_events.SetInParent()
        elif expect is not None:
            request.sequence = expect
        return _appended(await self._caller.call(methods.append_events, request))

    def query(
        self,
        *,
        all_sessions: bool = False,
        boundary: Boundary = "action_session_start",
        verbosity: Verbosity = "all",
        until: Optional[Time] = None,
        max_events: Optional[int] = None,
        state: bool = False,
        known: Optional[Snapshot] = None,
    ) -> Query:
        """What `get` would read, for a lock to bring along: `t.lock("id", read=t.tracker("id").query())`.
        Calls nothing; the arguments are those of `get`."""
        request = pb.GetTrackerRequest(
            conversation_id=self.conversation_id,
            all_sessions=all_sessions,
            session_boundary=_boundaries[boundary],
            event_verbosity=_verbosities["none" if max_events == 0 else verbosity],
            until_time=None if until is None else to_timestamp(until),
            max_events=max_events,
            include_state=state,
            known_revision=known.revision if known else "",
        )
        return Query(self._caller, request, known)

    async def get(
        self,
        *,
        fence: Optional[int] = None,
        all_sessions: bool = False,
        boundary: Boundary = "action_session_start",
        verbosity: Verbosity = "all",
        until: Optional[Time] = None,
        max_events: Optional[int] = None,
        state: bool = False,
        known: Optional[Snapshot] = None,
    ) -> Snapshot:
        """Reads the current session, or all of them, with the state derived from it where that is asked for.
        A conversation without events gives an empty snapshot.

        `fence` becomes the lowest that the conversation accepts before anything is read, so that what is read
        stays true against fenced writers. `until` stops before the first event that happened later.
        `max_events` returns so many of the newest; the state is not affected.

        `known` is what an earlier call with the same `all_sessions` and `boundary` returned: only what was
        appended since is transferred then. What is returned is whole all the same, without anything that was
        erased. It can't be had with `verbosity`, `until` or `max_events`.

        Raises FenceStale, TooLarge, InvalidRequest, Unavailable.
        """
        query = self.query(
            all_sessions=all_sessions,
            boundary=boundary,
            verbosity=verbosity,
            until=until,
            max_events=max_events,
            state=state,
            known=known,
        )
        return await query.get(fence)

    async def events(
        self,
        *,
        first_sequence: int = 0,
        last_sequence: int = 0,
        newest_first: bool = False,
        types: Sequence[str] = (),
        names: Sequence[str] = (),
        page_size: int = 1_000,
    ) -> AsyncIterator[Event]:
        """Lists the conversation's events, a page at a time. `first_sequence` and `last_sequence` are
        included, 0 is the conversation's own; `types` and `names` list only those."""
        request = pb.ListEventsRequest(
            conversation_id=self.conversation_id,
            first_sequence=first_sequence,
            last_sequence=last_sequence,
            order=pb.EVENT_ORDER_NEWEST_FIRST if newest_first else pb.EVENT_ORDER_OLDEST_FIRST,
            types=types,
            names=names,
            page_size=page_size,
        )
        async for page in self._caller.pages(methods.list_events, request):
            for message in page.events:
                yield Event(message)

    async def info(self) -> Optional[Conversation]:
        """What is known of the conversation without reading its events; None where it has none."""
        request = pb.GetConversationRequest(conversation_id=self.conversation_id)
        try:
            response = await self._caller.call(methods.get_conversation, request)
        except NotFound:
            return None
        return conversation_of(response.conversation)

    async def delete(
        self, *, expected_sequence: Optional[int] = None, request_id: Optional[str] = None
    ) -> Erasure:
        """Deletes the conversation: from now on no read and no feed shows its events. A later append begins a
        new life, whose sequence goes on.

        Raises NotFound, SequenceConflict where its last event's sequence isn't the expected one.
        """
        request = pb.DeleteConversationRequest(
            conversation_id=self.conversation_id,
            request_id=request_id or new_id(),
            expected_sequence=expected_sequence,
        )
        return _erasure((await self._caller.call(methods.delete_conversation, request)).erasure)

    async def redact(self, sequences: Iterable[int], *, request_id: Optional[str] = None) -> Erasure:
        """Erases single events, 1 to 1,000; their sequences stay taken. Raises NotFound, InvalidRequest."""
        request = pb.RedactEventsRequest(
            conversation_id=self.conversation_id, sequences=sequences, request_id=request_id or new_id()
        )
        return _erasure((await self._caller.call(methods.redact_events, request)).erasure)

    async def truncate(self, first_kept_sequence: int, *, request_id: Optional[str] = None) -> Erasure:
        """Erases the oldest events, up to a sequence to keep. Raises NotFound, InvalidRequest."""
        request = pb.TruncateConversationRequest(
            conversation_id=self.conversation_id,
            first_kept_sequence=first_kept_sequence,
            request_id=request_id or new_id(),
        )
        return _erasure((await self._caller.call(methods.truncate_conversation, request)).erasure)


def conversation_of(message: pb.Conversation) -> Conversation:
    """A conversation, of its message."""
    return Conversation(
        message.conversation_id,
        message.first_sequence,
        message.last_sequence,
        to_datetime(message.create_time),
        to_datetime(message.update_time),
        message.partition,
        message.highest_fence if message.HasField("highest_fence") else None,
    )


def ranges_of(ranges: Iterable[event_pb2.SequenceRange]) -> Tuple[Tuple[int, int], ...]:
    """Ranges of sequences, of their messages."""
    return tuple((message.first, message.last) for message in ranges)


def _appended(message: pb.AppendEventsResponse) -> Appended:
    return Appended(
        message.append_id,
        message.first_sequence,
        message.last_sequence,
        message.store_id,
        message.partition,
        message.first_position,
        message.last_position,
        to_datetime(message.store_time),
        word_of(event_pb2.Durability, message.durability, "DURABILITY_"),
        message.duplicate,
    )


def _erasure(message: pb.Erasure) -> Erasure:
    return Erasure(message.store_id, message.partition, message.position, ranges_of(message.sequences))


_boundaries = {
    "action_session_start": event_pb2.SESSION_BOUNDARY_ACTION_SESSION_START,
    "session_started": event_pb2.SESSION_BOUNDARY_SESSION_STARTED,
}

_verbosities = {
    "none": pb.EVENT_VERBOSITY_NONE,
    "applied": pb.EVENT_VERBOSITY_APPLIED,
    "after_restart": pb.EVENT_VERBOSITY_AFTER_RESTART,
    "all": pb.EVENT_VERBOSITY_ALL,
}
