"""Locks without a stream, and looking at locks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import AsyncIterator, List, Literal, Optional

from trackside._transport import methods
from trackside._transport.caller import Caller, new_id
from trackside._transport.words import word_of
from trackside.times import optional_duration, to_datetime, to_duration, to_seconds
from trackside.v1 import lock_service_pb2 as pb

WhenTaken = Literal["enqueue", "reject", "interrupt"]
"""What to do where a lock is taken: wait in line, fail with LockTaken, or tell the holder and wait in
line."""


@dataclass(frozen=True)
class Grant:
    """A holding that `Locks.acquire` got. `remaining` is what was left of its lifetime, in seconds."""

    ticket: int
    fence: int
    grant_time: datetime
    remaining: float


@dataclass(frozen=True)
class Renewal:
    """What `Locks.renew` extended: seconds that are left, whether somebody asks the holder to let go, and how
    many wait."""

    remaining: float
    interrupted: bool
    waiting: int


@dataclass(frozen=True)
class Holding:
    """Who holds a lock. `kind` is how it is kept up: by `lease` (`Locks.acquire`), `stream` (`async with`) or
    `claim` (a queue's message)."""

    ticket: int
    fence: int
    owner: str
    kind: str
    request_time: datetime
    grant_time: datetime
    expire_time: datetime
    interrupted: bool


@dataclass(frozen=True)
class Waiter:
    """Who waits for a lock, since when."""

    ticket: int
    owner: str
    request_time: datetime


@dataclass(frozen=True)
class LockState:
    """A lock as it is: `holder` is None where nobody holds it, `waiters` are in order, 1,000 at most and none
    in a list, `waiting` counts them all."""

    lock_id: str
    holder: Optional[Holding]
    waiting: int
    waiters: List[Waiter]


class Locks:
    """Locks without a stream, and looking at locks."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def acquire(
        self,
        lock_id: str,
        *,
        wait: float = 0.0,
        lifetime: Optional[float] = None,
        when_taken: WhenTaken = "enqueue",
        owner: str = "",
        request_id: Optional[str] = None,
    ) -> Optional[Grant]:
        """Takes a lock for a lifetime (default: the sidecar's, 60 s) that only `renew` extends; None where it
        was still taken at the end of the wait. `request_id` names the request, so that a repeat gets the same
        ticket.

        Raises LockTaken under `reject`, LeaseLost where the request's grant has ended.
        """
        request = pb.AcquireLockRequest(
            lock_id=lock_id,
            wait_duration=to_duration(wait) if wait else None,
            lifetime=optional_duration(lifetime),
            taken_policy=policies[when_taken],
            request_id=request_id or new_id(),
            owner=owner,
        )
        response = await self._caller.call(methods.acquire_lock, request, wait)
        if not response.HasField("grant"):
            return None
        grant = response.grant
        return Grant(grant.ticket, grant.fence, to_datetime(grant.grant_time), to_seconds(grant.remaining))

    async def renew(self, lock_id: str, fence: int, *, lifetime: Optional[float] = None) -> Renewal:
        """Extends a holding of `acquire`: its lifetime counts anew from now. Raises LeaseLost where it has
        ended, WrongKind for another's."""
        request = pb.RenewLockRequest(lock_id=lock_id, fence=fence, lifetime=optional_duration(lifetime))
        response = await self._caller.call(methods.renew_lock, request)
        return Renewal(to_seconds(response.remaining), response.interrupted, response.waiting)

    async def release(self, lock_id: str, fence: int) -> None:
        """Ends a holding, so that the next in line gets the lock. Raises LeaseLost where it has ended
        otherwise."""
        await self._caller.call(methods.release_lock, pb.ReleaseLockRequest(lock_id=lock_id, fence=fence))

    async def get(self, lock_id: str) -> LockState:
        """Tells who holds a lock and who waits."""
        response = await self._caller.call(methods.get_lock, pb.GetLockRequest(lock_id=lock_id))
        waiters = [Waiter(w.ticket, w.owner, to_datetime(w.request_time)) for w in response.waiters]
        if not response.HasField("lock"):
            return LockState(lock_id, None, len(waiters), waiters)
        return LockState(lock_id, _holding(response.lock.holder), response.lock.waiting, waiters)

    async def list(self, prefix: str = "") -> AsyncIterator[LockState]:
        """Lists the locks that are held, in the order of their ids' bytes."""
        request = pb.ListLocksRequest(lock_id_prefix=prefix, page_size=1_000)
        async for page in self._caller.pages(methods.list_locks, request):
            for lock in page.locks:
                yield LockState(lock.lock_id, _holding(lock.holder), lock.waiting, [])

    async def delete(self, lock_id: str, *, fence: Optional[int] = None) -> bool:
        """Ends whatever holding a lock has, or only the one with a fence, for operators: its holder is told
        that it is lost. False where there was none."""
        request = pb.DeleteLockRequest(lock_id=lock_id, fence=fence)
        return (await self._caller.call(methods.delete_lock, request)).deleted


def _holding(message: pb.Holding) -> Holding:
    return Holding(
        message.ticket,
        message.fence,
        message.owner,
        word_of(pb.HoldingKind, message.kind, "HOLDING_KIND_"),
        to_datetime(message.request_time),
        to_datetime(message.grant_time),
        to_datetime(message.expire_time),
        message.interrupted,
    )


policies = {
    "enqueue": pb.TAKEN_POLICY_ENQUEUE,
    "reject": pb.TAKEN_POLICY_REJECT,
    "interrupt": pb.TAKEN_POLICY_INTERRUPT,
}
