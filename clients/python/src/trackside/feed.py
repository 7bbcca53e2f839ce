"""The live feed of what is stored."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import AsyncIterator, Iterator, Literal, Optional, Sequence, Tuple, Union

import grpc

from trackside._transport import methods
from trackside._transport.caller import Caller
from trackside._transport.retry import backoff, may_pass
from trackside._transport.words import word_of
from trackside.errors import Discontinuity, TracksideError, Unavailable
from trackside.events import Event
from trackside.times import Time, optional_duration, to_timestamp
from trackside.tracker import ranges_of
from trackside.v1 import event_pb2
from trackside.v1 import tracker_service_pb2 as pb

log = logging.getLogger("trackside")

Start = Union[Literal["beginning", "end"], str, Time]
"""Where a feed starts: with the oldest event there is, with the next one to be stored, behind what a cursor
saw, or with the first event that was stored at or after a time."""


class FeedEvent(Event):
    """An event of the feed. `cursor` resumes behind it, or before it where others of its batch are still to
    come: it never skips an event that wasn't shown yet."""

    __slots__ = ("cursor",)

    def __init__(self, message: event_pb2.RecordedEvent, cursor: str) -> None:
        super().__init__(message)
        self.cursor = cursor


@dataclass(frozen=True)
class Started:
    """The feed has begun at `cursor`: what is stored from now on will come. Comes once, also where the feed
    resumes."""

    cursor: str


@dataclass(frozen=True)
class Erased:
    """Events were erased, all of the conversation's where it was `deleted`: drop your copies. `sequences` are
    ranges with both ends; the events may have been shown before, or not."""

    conversation_id: str
    sequences: Tuple[Tuple[int, int], ...]
    deleted: bool
    cursor: str


@dataclass(frozen=True)
class Checkpoint:
    """Every matching event before `cursor` was delivered. Comes when nothing else did for a heartbeat."""

    cursor: str


@dataclass(frozen=True)
class CaughtUp:
    """The log's end was reached: what comes now is live."""

    cursor: str


@dataclass(frozen=True)
class FellBehind:
    """The reader is slower than the live end and gets older entries again. Nothing is skipped; CaughtUp
    follows."""

    cursor: str


Item = Union[Started, FeedEvent, Erased, Checkpoint, CaughtUp, FellBehind]
"""What a feed tells. Every item has a `cursor`."""


class Feed:
    """What is stored, in order, once, without gaps: iterate over it with `async for`.

    After a lost connection or a restart of the sidecar it resumes by itself from its cursor, for as long as
    that takes. It raises Discontinuity where the history behind the cursor isn't the store's any more,
    InvalidRequest for a cursor that is malformed or of another filter, and Unavailable where it could not
    even begin within the client's timeout. Read as slowly as you like: nothing is kept for you meanwhile, and
    nothing skipped.
    """

    def __init__(self, caller: Caller, request: pb.SubscribeEventsRequest) -> None:
        self._caller = caller
        self._request = request
        self._cursor = ""
        self._begun = False

    @property
    def cursor(self) -> str:
        """Resumes behind everything that was shown so far; empty before the feed has begun."""
        return self._cursor

    async def __aiter__(self) -> AsyncIterator[Item]:
        now = asyncio.get_running_loop().time
        failures, since = 0, now()
        while True:
            if self._cursor:
                self._request.cursor = self._cursor
            stream = await self._caller.connection.stream(methods.subscribe_events, self._request)
            try:
                while True:
                    response = await stream.read()
                    if response is None:
                        raise Unavailable("the stream ended")
                    failures = 0
                    for item in self._items(response):
                        self._cursor = item.cursor
                        yield item
            except TracksideError as error:
                if not _resumable(error) or not (self._begun or now() - since < self._caller.timeout):
                    raise
                delay = backoff(failures, error.retry_delay)
                log.warning("the feed was cut off and resumes in %.1f s: %s", delay, error)
            finally:
                stream.cancel()
            failures += 1
            await asyncio.sleep(delay)

    def _items(self, response: pb.SubscribeEventsResponse) -> Iterator[Item]:
        kind = response.WhichOneof("item")
        if kind == "events":
            yield from self._events(response.events)
        elif kind == "confirmation":
            if not self._begun:
                self._begun = True
                yield Started(response.confirmation.cursor)
        elif kind == "erased":
            erased = response.erased
            yield Erased(erased.conversation_id, ranges_of(erased.sequences), erased.deleted, erased.cursor)
        elif kind == "checkpoint":
            yield Checkpoint(response.checkpoint.cursor)
        elif kind == "caught_up":
            yield CaughtUp(response.caught_up.cursor)
        elif kind == "fell_behind":
            yield FellBehind(response.fell_behind.cursor)
        elif kind == "discontinuity":
            end = response.discontinuity
            reason = word_of(pb.Discontinuity.Reason, end.reason, "REASON_").upper()
            raise Discontinuity(reason, end.oldest_cursor, end.end_cursor)

    def _events(self, batch: pb.EventBatch) -> Iterator[FeedEvent]:
        last = len(batch.events) - 1
        for index, message in enumerate(batch.events):
            yield FeedEvent(message, batch.cursor if index == last else self._cursor)


class EventFeed:
    """A feed's events alone, each with its cursor; see Feed for how it resumes and what it raises. Erasures
    and other items only move the cursor."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    @property
    def cursor(self) -> str:
        """Resumes behind everything that was shown so far; empty before the feed has begun."""
        return self._feed.cursor

    async def __aiter__(self) -> AsyncIterator[FeedEvent]:
        async for item in self._feed:
            if isinstance(item, FeedEvent):
                yield item


def request_of(
    start: Start,
    conversation_ids: Sequence[str],
    conversation_id_prefix: str,
    types: Sequence[str],
    names: Sequence[str],
    max_batch_size: int,
    heartbeat: Optional[float],
) -> pb.SubscribeEventsRequest:
    """The request of a feed."""
    request = pb.SubscribeEventsRequest(
        filter=pb.EventFilter(
            conversation_ids=conversation_ids,
            conversation_id_prefix=conversation_id_prefix,
            types=types,
            names=names,
        ),
        max_batch_size=max_batch_size,
        heartbeat_interval=optional_duration(heartbeat),
    )
    if start == "beginning":
        request.beginning.SetInParent()
    elif start == "end":
        request.end.SetInParent()
    elif isinstance(start, str):
        request.cursor = start
    else:
        request.time.CopyFrom(to_timestamp(start))
    return request


def _resumable(error: TracksideError) -> bool:
    too_fast = error.reason is None and error.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    return may_pass(error) or too_fast
