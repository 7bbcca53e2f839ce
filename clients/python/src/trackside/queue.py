"""Queues of messages, with leases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import AsyncIterator, Iterable, List, Literal, Optional, Sequence

import grpc
from google.protobuf.duration_pb2 import Duration

from trackside._transport import methods
from trackside._transport.caller import Caller, new_id
from trackside.consumer import Consumer
from trackside.delivery import Delivery, Extension, Message, cause_of, delivery_of, message_of
from trackside.errors import LeaseLost
from trackside.times import optional_duration, to_datetime, to_duration, to_seconds
from trackside.v1 import queue_service_pb2 as pb
from trackside.values import to_value

MessageState = Literal["ready", "delayed", "in_flight", "parked"]
"""What becomes of a message: it waits to be claimed, waits for its time, is claimed, or was claimed in vain
too often."""


@dataclass(frozen=True)
class NewMessage:
    """A message to push.

    `value` is bytes, Json, or what becomes JSON. Messages of one `group_id` are delivered one at a time, in
    order; their claims hold the lock of that name. One with a `dedup_id` is refused while another with it is
    in the queue, and for some minutes after that was done. `delay` is how many seconds until it may be
    claimed, `max_attempts` after how many claims it is parked (0: the sidecar's default, 5).
    """

    value: object
    group_id: str = ""
    dedup_id: str = ""
    delay: Optional[float] = None
    max_attempts: int = 0

    def to_message(self) -> pb.NewMessage:
        """The message as it is sent."""
        return pb.NewMessage(
            value=to_value(self.value),
            group_id=self.group_id,
            dedup_id=self.dedup_id,
            delay=optional_duration(self.delay),
            max_attempts=self.max_attempts,
        )


@dataclass(frozen=True)
class Pushed:
    """What became of a message: `refused` where one with its `dedup_id` is there, whose id this is;
    `duplicate` where an earlier request with the same id pushed it."""

    message_id: str
    refused: bool
    duplicate: bool


@dataclass(frozen=True)
class Settled:
    """What became of a claim that was to be ended: `done`, or else what had ended it before (`cause`)."""

    receipt: str
    done: bool
    cause: Optional[str]


@dataclass(frozen=True)
class QueueInfo:
    """How many messages a queue has, and since when the oldest that is ready waits: None without one,
    `oldest_age` in seconds."""

    queue_id: str
    ready: int
    in_flight: int
    delayed: int
    parked: int
    oldest_push_time: Optional[datetime]
    oldest_age: Optional[float]


class Queue:
    """One queue. It exists while it has messages, and making this object calls nothing."""

    def __init__(self, caller: Caller, queue_id: str) -> None:
        self._caller = caller
        self.queue_id = queue_id
        """The queue's id."""

    async def push(
        self,
        value: object,
        *,
        group_id: str = "",
        dedup_id: str = "",
        delay: Optional[float] = None,
        max_attempts: int = 0,
        request_id: Optional[str] = None,
    ) -> Pushed:
        """Pushes one message; see NewMessage. Raises GroupsUnavailable, StoreFull, TooLarge, Unavailable."""
        message = NewMessage(value, group_id, dedup_id, delay, max_attempts)
        return (await self.push_many([message], request_id=request_id))[0]

    async def push_many(
        self, messages: Iterable[NewMessage], *, request_id: Optional[str] = None
    ) -> List[Pushed]:
        """Pushes 1 to 1,000 messages, 1 MiB in all, in order, each all or not at all. A repeat with the same
        request id pushes nothing more. Raises as `push` does."""
        request = pb.PushMessagesRequest(
            queue_id=self.queue_id,
            messages=[message.to_message() for message in messages],
            request_id=request_id or new_id(),
        )
        response = await self._caller.call(methods.push_messages, request)
        return [Pushed(result.message_id, result.refused, result.duplicate) for result in response.results]

    async def pop(self, *, wait: float = 0.0) -> Optional[Message]:
        """Takes the first message that is ready, for good; None where there was none within `wait` seconds.
        It is delivered at most once, so that this call is never repeated by itself."""
        request = pb.PopMessageRequest(queue_id=self.queue_id, wait_duration=_wait(wait))
        response = await self._caller.call(methods.pop_message, request, wait)
        return message_of(response.message) if response.HasField("message") else None

    async def claim(
        self,
        max_messages: int = 1,
        *,
        wait: float = 0.0,
        lease: Optional[float] = None,
        owner: str = "",
    ) -> List[Delivery]:
        """Claims the first messages that are ready, for a lease (default: the sidecar's, 30 s); none where
        there was none within `wait` seconds. Not repeated by itself: what was claimed and not answered is
        ready again after its lease."""
        request = pb.ClaimMessagesRequest(
            queue_id=self.queue_id,
            max_messages=max_messages,
            lease=optional_duration(lease),
            wait_duration=_wait(wait),
            owner=owner,
        )
        response = await self._caller.call(methods.claim_messages, request, wait)
        return [delivery_of(self, delivery) for delivery in response.deliveries]

    def consume(self, *, max_in_flight: int = 10, lease: Optional[float] = None, owner: str = "") -> Consumer:
        """Claims messages as they become ready, never having more than `max_in_flight` (1 to 1,000) in hand:

        async with t.queue("inbox").consume() as deliveries:
            async for delivery in deliveries:
                ...
                await delivery.ack()
        """
        return Consumer(self._caller, self, max_in_flight, lease, owner)

    async def ack(self, receipt: str) -> None:
        """Ends a claim: its message is done. Raises LeaseLost where the claim was over."""
        _raise_lost(await self.ack_many([receipt]))

    async def nack(self, receipt: str, *, delay: float = 0.0) -> None:
        """Ends a claim: its message is ready again at its place, after a delay, or parked where it was
        claimed too often. Raises LeaseLost where the claim was over."""
        _raise_lost(await self.nack_many([receipt], delay=delay))

    async def ack_many(self, receipts: Sequence[str]) -> List[Settled]:
        """Ends 1 to 1,000 claims whose messages are done."""
        request = pb.AckMessagesRequest(queue_id=self.queue_id, receipts=receipts)
        return _settled(receipts, (await self._caller.call(methods.ack_messages, request)).results)

    async def nack_many(self, receipts: Sequence[str], *, delay: float = 0.0) -> List[Settled]:
        """Gives the messages of 1 to 1,000 claims back."""
        request = pb.NackMessagesRequest(queue_id=self.queue_id, receipts=receipts, delay=to_duration(delay))
        return _settled(receipts, (await self._caller.call(methods.nack_messages, request)).results)

    async def extend(self, receipt: str, *, lease: Optional[float] = None) -> Extension:
        """Lets a claim last so many seconds from now, with the lock that it holds. Raises LeaseLost where it
        was over."""
        request = pb.ExtendLeaseRequest(
            queue_id=self.queue_id, receipt=receipt, lease=optional_duration(lease)
        )
        response = await self._caller.call(methods.extend_lease, request)
        return Extension(to_seconds(response.remaining), response.interrupted)

    async def info(self) -> QueueInfo:
        """Tells how many messages the queue has."""
        response = await self._caller.call(methods.get_queue, pb.GetQueueRequest(queue_id=self.queue_id))
        return info_of(response.queue)

    async def peek(self, state: MessageState = "ready") -> AsyncIterator[Message]:
        """Shows the messages of a state without claiming them, in the order of their places."""
        request = pb.PeekMessagesRequest(queue_id=self.queue_id, state=_states[state], page_size=100)
        async for page in self._caller.pages(methods.peek_messages, request):
            for message in page.messages:
                yield message_of(message)

    async def purge(self, *states: MessageState) -> int:
        """Removes the queue's messages, or those in some states; tells how many. Not repeated by itself."""
        request = pb.PurgeQueueRequest(queue_id=self.queue_id, states=[_states[state] for state in states])
        return (await self._caller.call(methods.purge_queue, request)).purged

    async def replay(self, message_ids: Sequence[str] = ()) -> int:
        """Puts parked messages, all of them by default, at the end of the queue, as if they had never been
        claimed; tells how many. Not repeated by itself."""
        request = pb.ReplayParkedMessagesRequest(queue_id=self.queue_id, message_ids=message_ids)
        return (await self._caller.call(methods.replay_parked_messages, request)).replayed


def info_of(message: pb.Queue) -> QueueInfo:
    """What a queue has, of its message."""
    return QueueInfo(
        message.queue_id,
        message.ready,
        message.in_flight,
        message.delayed,
        message.parked,
        to_datetime(message.oldest_push_time) if message.HasField("oldest_push_time") else None,
        to_seconds(message.oldest_age) if message.HasField("oldest_age") else None,
    )


def _settled(receipts: Sequence[str], results: Iterable[pb.ClaimResult]) -> List[Settled]:
    return [
        Settled(receipt, result.done, None if result.done else cause_of(result.cause))
        for receipt, result in zip(receipts, results)
    ]


def _raise_lost(settled: List[Settled]) -> None:
    for claim in settled:
        if not claim.done:
            raise LeaseLost(
                f"the claim was over: {claim.cause}",
                code=grpc.StatusCode.FAILED_PRECONDITION,
                reason="LEASE_LOST",
                metadata={"receipt": claim.receipt, "cause": claim.cause or "unknown"},
            )


def _wait(seconds: float) -> Optional[Duration]:
    return to_duration(seconds) if seconds else None


_states = {
    "ready": pb.MESSAGE_STATE_READY,
    "delayed": pb.MESSAGE_STATE_DELAYED,
    "in_flight": pb.MESSAGE_STATE_IN_FLIGHT,
    "parked": pb.MESSAGE_STATE_PARKED,
}
