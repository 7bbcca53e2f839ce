"""Messages, and the claims on them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Optional

from trackside._transport.words import word_of
from trackside.errors import LeaseLost
from trackside.times import to_datetime, to_seconds
from trackside.v1 import queue_service_pb2 as pb
from trackside.values import Stored, raw_of

if TYPE_CHECKING:
    from trackside.queue import Queue


@dataclass(frozen=True)
class Message(Stored):
    """A message in a queue. `message_id` never changes: as the append id of a turn it makes the turn happen
    once. `ready_time` is None where it wasn't delayed; `attempts` counts claims since it was pushed or
    replayed."""

    message_id: str
    group_id: str
    dedup_id: str
    push_time: datetime
    ready_time: Optional[datetime]
    attempts: int
    max_attempts: int


@dataclass(frozen=True)
class Extension:
    """What is left of an extended lease, in seconds, and whether somebody asked for the group's lock with
    `interrupt`."""

    remaining: float
    interrupted: bool


class Delivery:
    """A claimed message. Its claim ends by `ack`, by `nack`, or when its lease is over; whoever is done too
    late is told by LeaseLost, and somebody else has the message.

    With a group the claim holds the lock of that name, and `fence` is its fence; else None. `lost` is set
    when a consumer hears that the claim is over, `interrupted` when it hears that somebody asks for the lock.
    """

    def __init__(
        self,
        queue: Queue,
        message: Message,
        receipt: str,
        fence: Optional[int],
        remaining: float,
        on_settled: Callable[[str], None],
    ) -> None:
        self._queue = queue
        self._on_settled = on_settled
        self.message = message
        self.receipt = receipt
        self.fence = fence
        self.remaining = remaining
        """Seconds that were left of the lease when it was sent."""
        self.lost = asyncio.Event()
        self.interrupted = asyncio.Event()

    @property
    def value(self) -> Any:
        """The message's value: bytes, or JSON parsed."""
        return self.message.value

    async def ack(self) -> None:
        """Ends the claim: the message is done. Raises LeaseLost where the claim was over."""
        await self._settle(self._queue.ack(self.receipt))

    async def nack(self, *, delay: float = 0.0) -> None:
        """Gives the message back, to be claimed again after `delay` seconds. Raises LeaseLost where the claim
        was over."""
        await self._settle(self._queue.nack(self.receipt, delay=delay))

    async def extend(self, *, lease: Optional[float] = None) -> Extension:
        """Lets the claim last so many seconds from now. Raises LeaseLost where it was over."""
        return await self._queue.extend(self.receipt, lease=lease)

    async def _settle(self, call: Awaitable[None]) -> None:
        try:
            await call
        except LeaseLost:
            self._on_settled(self.receipt)
            raise
        self._on_settled(self.receipt)


def delivery_of(
    queue: Queue, delivery: pb.Delivery, on_settled: Callable[[str], None] = lambda receipt: None
) -> Delivery:
    """A claimed message, of its message."""
    return Delivery(
        queue,
        message_of(delivery.message),
        delivery.receipt,
        delivery.fence if delivery.HasField("fence") else None,
        to_seconds(delivery.remaining),
        on_settled,
    )


def message_of(message: pb.Message) -> Message:
    """A message, of its message."""
    return Message(
        raw_of(message.value),
        message.message_id,
        message.group_id,
        message.dedup_id,
        to_datetime(message.push_time),
        to_datetime(message.ready_time) if message.HasField("ready_time") else None,
        message.attempts,
        message.max_attempts,
    )


def cause_of(end: pb.ClaimEnd) -> str:
    """What ended a claim, in a word."""
    return word_of(pb.ClaimEnd, end, "CLAIM_END_")
