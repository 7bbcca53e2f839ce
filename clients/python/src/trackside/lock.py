"""Locks to hold."""

from __future__ import annotations

import asyncio
import logging
import sys
from types import TracebackType
from typing import Callable, Optional, Type

import grpc

from trackside._transport import methods
from trackside._transport.caller import Caller, new_id
from trackside._transport.connection import Stream
from trackside._transport.retry import backoff, may_pass
from trackside._transport.words import word_of
from trackside.errors import LeaseLost, LockLost, LockTimeout, TracksideError
from trackside.locks import WhenTaken, policies
from trackside.query import Query, Snapshot
from trackside.times import optional_duration, to_duration, to_seconds
from trackside.v1 import lock_service_pb2 as pb
from trackside.v1.tracker_service_pb2 import GetTrackerResponse

log = logging.getLogger("trackside")


class Lock:
    """A lock to hold while the body of `async with` runs.

    The sidecar keeps the holding up and frees the lock when the body ends, or when this process does. Pass
    `fence` with what the body reads and writes. Where the sidecar is restarted, the holding, or the place in
    the line, is taken up again with the same fence, for as long as nobody else can have the lock.

    Those who enter on one event loop ask for the lock in the order in which they entered, also while the
    client still connects, or connects anew. Where the sidecar can't be reached, each asks again at a time of
    its own.

    Where the lock is lost, `lost` is set, the body is cancelled, and `async with` raises LockLost in place of
    the cancellation, as `asyncio.timeout` does with TimeoutError. It raises LockLost too where the body ended
    without noticing. With `cancel=False` the body goes on, and looks at `lost` by itself; nothing is raised.

    `async with` ends when the lock is released. With `await_release=False` it ends as the release is sent:
    the next in line gets the lock no later, and where the connection ends first, so does the holding.
    """

    def __init__(
        self,
        caller: Caller,
        lock_id: str,
        *,
        wait: Optional[float],
        lifetime: Optional[float],
        when_taken: WhenTaken,
        owner: str,
        read: Optional[Query],
        cancel: bool,
        await_release: bool,
    ) -> None:
        self._caller = caller
        self._wait = wait
        self._query = read
        self._snapshot: Optional[Snapshot] = None
        self._cancel = cancel
        self._holding: _Holding
        self._await_release = await_release
        self._request = pb.HoldLockRequest(
            lock_id=lock_id,
            lifetime=optional_duration(lifetime),
            taken_policy=policies[when_taken],
            owner=owner,
            get_tracker=read.to_message() if read is not None else None,
        )

    @property
    def lock_id(self) -> str:
        """The lock's id."""
        return self._request.lock_id

    @property
    def fence(self) -> int:
        """The fence of this holding: higher than any before it."""
        return self._holding.grant.fence

    @property
    def ticket(self) -> int:
        """The place in the lock's line."""
        return self._holding.grant.ticket

    @property
    def lost(self) -> asyncio.Event:
        """Set when the lock is lost while it is held."""
        return self._holding.lost

    @property
    def cause(self) -> Optional[str]:
        """What ended the holding: `expired` (its lifetime), `deleted` (an operator), `released` (the
        connection broke, or somebody called `release`), `uncertain` (the sidecar or its store couldn't be
        reached for too long); None while it lasts."""
        return self._holding.cause

    @property
    def interrupted(self) -> asyncio.Event:
        """Set when somebody asks for the lock with `when_taken="interrupt"`. The lock stays held until the
        body ends."""
        return self._holding.interrupted

    async def snapshot(self) -> Snapshot:
        """The conversation that was asked for by `read`, read by this holding's fence.

        It came with the grant, so that this calls nothing, and stays what it was then. Where it couldn't be
        read, or not all of it fits into an answer, the first call of this reads what is missing and raises
        what `Tracker.get` raises. Raises ValueError where nothing was asked for.
        """
        if self._query is None:
            raise ValueError("nothing was to be read with the lock: pass read=t.tracker(…).query() to it")
        if self._snapshot is None:
            first = self._holding.tracker
            self._snapshot = await (
                self._query.get(self.fence) if first is None else self._query.complete(first, self.fence)
            )
        return self._snapshot

    async def __aenter__(self) -> Lock:
        """Waits for the lock.

        Raises LockTimeout at the end of the wait, LockTaken under `reject`, LockLost where it was lost while
        the conversation was read, Unavailable where the sidecar can't be reached for as long as the client's
        timeout.
        """
        task = asyncio.current_task()
        self._body = _Body(task) if self._cancel and task is not None else None
        request = pb.HoldLockRequest()
        request.CopyFrom(self._request)
        request.request_id = new_id()
        self._snapshot = None
        self._holding = _Holding(self._caller, request, self._wait, self._on_lost)
        await self._holding.acquire()
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if self._body is not None:
            self._body.go_on()
        if self._await_release:
            await self._holding.release()
        else:
            holding = self._holding
            release = self._caller.connection.begin(holding.release())
            release.add_done_callback(lambda _: holding.drop())  # It may be cancelled before it has begun.
        if self._body is None or not self.lost.is_set():
            return
        if kind is None or self._body.ended_by_loss(kind):
            raise _lock_lost(self.lock_id, self.fence, self.cause or "unknown") from error

    def _on_lost(self) -> None:
        if self._body is not None:
            self._body.cancel()


class _Body:
    """The task that runs the body of `async with`, to be cancelled and yet to go on behind it."""

    def __init__(self, task: asyncio.Task[object]) -> None:
        self._task = task
        self._before = _cancellations(task)
        self._cancelled = False

    def cancel(self) -> None:
        """Cancels the body."""
        self._cancelled = self._task.cancel()

    def ended_by_loss(self, kind: Optional[Type[BaseException]]) -> bool:
        """Whether the body ended by this cancellation, and by nobody else's."""
        return (
            self._cancelled and kind is asyncio.CancelledError and _cancellations(self._task) <= self._before
        )

    def go_on(self) -> None:
        """Takes the cancellation back: the body has had it."""
        if self._cancelled and sys.version_info >= (3, 11):
            self._task.uncancel()


class _Holding:
    """The stream that holds a lock, from the request to the end. `tracker` is what came with the grant."""

    def __init__(
        self,
        caller: Caller,
        request: pb.HoldLockRequest,
        wait: Optional[float],
        on_lost: Callable[[], None],
    ) -> None:
        self._caller = caller
        self._request = request
        self._loop = asyncio.get_running_loop()
        self._wait_end = None if wait is None else self._loop.time() + wait
        self._on_lost = on_lost
        self._released = False
        self._stream: Stream[pb.HoldLockResponse]
        self._follower: asyncio.Task[None]
        self.grant: pb.Grant
        self.tracker: Optional[GetTrackerResponse] = None
        self.lost = asyncio.Event()
        self.interrupted = asyncio.Event()
        self.cause: Optional[str] = None

    async def acquire(self) -> None:
        """Waits for the grant, and follows the stream from then on."""
        granted = await self._granted()
        self.grant = granted.granted
        if granted.HasField("get_tracker"):
            self.tracker = granted.get_tracker
        self._request.ClearField("get_tracker")
        self._follower = self._loop.create_task(self._follow())

    async def release(self) -> None:
        """Lets go. Where the sidecar can't be reached, the lock is free when its lease is over."""
        self._released = True
        try:
            if not self.lost.is_set():
                request = pb.ReleaseLockRequest(lock_id=self._request.lock_id, fence=self.grant.fence)
                await self._caller.call(methods.release_lock, request)
            await asyncio.wait({self._follower})
        except LeaseLost as error:
            self._lose(error.cause)
        except TracksideError as error:
            log.warning('lock "%s" could not be released: %s', self._request.lock_id, error)
        finally:
            self.drop()

    def drop(self) -> None:
        """Ends the stream, and with it the holding where it isn't over."""
        self._follower.cancel()
        self._stream.cancel()

    async def _granted(self) -> pb.HoldLockResponse:
        """Asks until the grant, whatever breaks meanwhile: as one request for as long as that is in line."""
        failures, since = 0, 0.0
        while True:
            wait = None if self._wait_end is None else max(0.0, self._wait_end - self._loop.time())
            await self._open(wait)
            try:
                item = await self._stream.read()
                while item is not None and item.WhichOneof("item") not in ("granted", "lost"):
                    failures = 0
                    item = await self._stream.read()
            except LeaseLost:
                # Granted to a stream that broke before it told so: the lock went on, and the request with it.
                self._request.request_id = new_id()
                continue
            except TracksideError as error:
                since = since if failures else self._loop.time()
                if not may_pass(error) or self._loop.time() - since >= self._caller.timeout:
                    raise
                delay = backoff(failures, error.retry_delay)
            else:
                return self._grant_in(item)
            failures += 1
            await asyncio.sleep(delay)

    def _grant_in(self, item: Optional[pb.HoldLockResponse]) -> pb.HoldLockResponse:
        """What the wait ended with, where that is the grant."""
        if item is None:
            message = f'lock "{self._request.lock_id}" was still taken at the end of the wait'
            raise LockTimeout(message, code=grpc.StatusCode.DEADLINE_EXCEEDED)
        if item.HasField("lost"):
            raise _lock_lost(self._request.lock_id, item.lost.fence, _cause_of(item.lost))
        return item

    async def _follow(self) -> None:
        """Listens until the holding is over and the stream has ended: a call of its own that is cancelled
        instead counts against its connection."""
        while True:
            try:
                item = await self._stream.read()
            except TracksideError as error:
                if self.cause is None:
                    cause = await self._take_up_again() if may_pass(error) else "uncertain"
                    if cause is None:
                        continue
                    self._lose(cause)
                return
            if item is None:
                if self.cause is None:
                    self._lose("unknown")
                return
            if item.HasField("interrupted"):
                self.interrupted.set()
            elif item.HasField("lost"):
                self._lose(_cause_of(item.lost))

    async def _take_up_again(self) -> Optional[str]:
        """Gets the holding back after the stream broke, while nobody else can have the lock: a sidecar that
        dies leaves at least six tenths of the lease. Tells why not, where it can't."""
        end = self._loop.time() + 0.6 * to_seconds(self.grant.lease)
        attempt, delay = 0, backoff(0)
        while self._loop.time() + delay < end:
            await asyncio.sleep(delay)
            await self._open(0.0, end - self._loop.time())
            try:
                item = await asyncio.wait_for(self._stream.read(), end - self._loop.time())
            except LeaseLost as error:
                return error.cause
            except asyncio.TimeoutError:
                break
            except TracksideError as error:
                attempt += 1
                delay = backoff(attempt, error.retry_delay)
            else:
                if item is not None and item.granted.fence == self.grant.fence:
                    return None
                break
        self._stream.cancel()
        return "uncertain"

    async def _open(self, wait: Optional[float], timeout: Optional[float] = None) -> None:
        self._request.ClearField("wait_duration")
        if wait is not None:
            self._request.wait_duration.CopyFrom(to_duration(wait))
        self._stream = await self._caller.connection.stream(methods.hold_lock, self._request, timeout)

    def _lose(self, cause: str) -> None:
        self.cause = cause
        if self._released and cause in ("released", "uncertain"):
            return
        self.lost.set()
        if not self._released:
            self._on_lost()


def _cause_of(lost: pb.HoldLockResponse.Lost) -> str:
    return word_of(pb.HoldingEnd, lost.cause, "HOLDING_END_")


def _lock_lost(lock_id: str, fence: int, cause: str) -> LockLost:
    return LockLost(
        f'lock "{lock_id}" was lost while it was held: {cause}',
        code=grpc.StatusCode.FAILED_PRECONDITION,
        reason="LEASE_LOST",
        metadata={"lock_id": lock_id, "fence": str(fence), "cause": cause},
    )


def _cancellations(task: asyncio.Task[object]) -> int:
    """How often a task was asked to cancel and didn't yet; 0 where Python doesn't count."""
    if sys.version_info >= (3, 11):
        return task.cancelling()
    return 0
