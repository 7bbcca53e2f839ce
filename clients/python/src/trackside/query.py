"""Reading a conversation, now or with its lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Literal, Optional

from trackside._transport import methods
from trackside._transport.caller import Caller
from trackside.events import Event
from trackside.state import State, state_of
from trackside.v1 import tracker_service_pb2 as pb

Boundary = Literal["action_session_start", "session_started"]
"""What begins a session: the action of that name, as in Rasa's in-memory and Redis stores, or an event of
that type, as in its SQL and MongoDB stores."""

Verbosity = Literal["none", "applied", "after_restart", "all"]
"""Which events to return, as in Rasa: none, those that were not undone or reset, those after the last
restart, all."""


@dataclass(frozen=True)
class Snapshot:
    """A conversation as a bot needs it.

    `sequence` is its last event's: an append that expects it succeeds if nobody else wrote meanwhile; 0
    without events. `first_sequence` is where the stretch that was read begins. `state` is what Rasa calls the
    current state, where it was asked for. `revision` names what was read, empty where that leaves events out;
    `continued` tells that `events` goes on from what was `known`.
    """

    conversation_id: str
    sequence: int
    first_sequence: int
    events: List[Event]
    state: Optional[State]
    revision: str = ""
    continued: bool = False


class Query:
    """What to read of a conversation: made by `Tracker.query`, for `Trackside.lock`."""

    def __init__(self, caller: Caller, request: pb.GetTrackerRequest, known: Optional[Snapshot]) -> None:
        self._caller = caller
        self._request = request
        self._known = known

    async def get(self, fence: Optional[int] = None) -> Snapshot:
        """Reads, as `Tracker.get` does."""
        request = self._fenced(fence)
        return await self._whole(request, await self._caller.call(methods.get_tracker, request))

    async def complete(self, first: pb.GetTrackerResponse, fence: Optional[int]) -> Snapshot:
        """What was read by the fence already, and what is to be read yet: the pages before."""
        return await self._whole(self._fenced(fence), first)

    def to_message(self) -> pb.GetTrackerRequest:
        """The request, without a fence."""
        return self._request

    def _fenced(self, fence: Optional[int]) -> pb.GetTrackerRequest:
        request = pb.GetTrackerRequest(fence=fence)
        request.MergeFrom(self._request)
        return request

    async def _whole(self, request: pb.GetTrackerRequest, first: pb.GetTrackerResponse) -> Snapshot:
        pages = [first.tracker.events]
        if first.next_page_token:
            request.ClearField("known_revision")
            request.page_token = first.next_page_token
            async for page in self._caller.pages(methods.get_tracker, request):
                pages.append(page.tracker.events)
        tracker = first.tracker
        kept = self._known.events if self._known and tracker.continued else []
        return Snapshot(
            tracker.conversation_id,
            tracker.sequence,
            tracker.first_sequence,
            [
                *(event for event in kept if event.sequence >= tracker.first_sequence),
                *(Event(message) for page in reversed(pages) for message in page),
            ],
            state_of(tracker.state) if tracker.HasField("state") else None,
            tracker.revision,
            tracker.continued,
        )
