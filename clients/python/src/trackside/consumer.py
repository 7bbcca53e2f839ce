"""Claiming messages on a stream, by credits."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import TYPE_CHECKING, AsyncIterator, Dict, Optional, Type, Union

from trackside._transport import methods
from trackside._transport.caller import Caller
from trackside._transport.connection import Exchange
from trackside._transport.retry import backoff, may_pass
from trackside.delivery import Delivery, delivery_of
from trackside.errors import TracksideError
from trackside.times import optional_duration
from trackside.v1 import queue_service_pb2 as pb

if TYPE_CHECKING:
    from trackside.queue import Queue

log = logging.getLogger("trackside")

_Exchange = Exchange[pb.ConsumeMessagesRequest, pb.ConsumeMessagesResponse]


class Consumer:
    """The messages of a queue as they become ready: iterate with `async for` inside of `async with`.

    Each delivery takes one of `max_in_flight` credits and gives it back when it is settled or lost. After a
    lost connection or a restart of the sidecar it resumes by itself; claims outlast that. At the end of
    `async with` what wasn't shown yet goes back to the queue, and what was shown stays claimed until its
    lease is over.
    """

    def __init__(
        self, caller: Caller, queue: Queue, max_in_flight: int, lease: Optional[float], owner: str
    ) -> None:
        if not 1 <= max_in_flight <= 1_000:
            raise ValueError(f"max_in_flight is {max_in_flight}; it must be between 1 and 1000")
        self._caller = caller
        self._queue = queue
        self._max_in_flight = max_in_flight
        self._begin = pb.ConsumeMessagesRequest.Begin(
            queue_id=queue.queue_id, lease=optional_duration(lease), owner=owner
        )

    async def __aenter__(self) -> Consumer:
        self._in_hand: Dict[str, Delivery] = {}
        self._freed = asyncio.Event()
        self._credits = 0
        self._arrived: asyncio.Queue[Union[Delivery, TracksideError]] = asyncio.Queue()
        self._exchange: Optional[_Exchange] = None
        self._runner = asyncio.get_running_loop().create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if self._exchange is not None:
            await self._exchange.end()
            await asyncio.wait({self._runner}, timeout=self._caller.timeout)
        self._runner.cancel()
        await asyncio.wait({self._runner})
        await self._give_back()

    async def __aiter__(self) -> AsyncIterator[Delivery]:
        while True:
            arrived = await self._arrived.get()
            if isinstance(arrived, TracksideError):
                self._arrived.put_nowait(arrived)
                raise arrived
            yield arrived

    async def _run(self) -> None:
        """Consumes, on one stream after the other."""
        now = asyncio.get_running_loop().time
        begun, failures, since = False, 0, now()
        while True:
            exchange = self._exchange = self._caller.connection.exchange(methods.consume_messages)
            granter = asyncio.get_running_loop().create_task(self._grant(exchange))
            try:
                while True:
                    response = await exchange.read()
                    if response is None:
                        return
                    begun, failures = True, 0
                    self._receive(response)
            except TracksideError as error:
                if not may_pass(error) or not (begun or now() - since < self._caller.timeout):
                    self._arrived.put_nowait(error)
                    return
                delay = backoff(failures, error.retry_delay)
                log.warning("the consumer was cut off and resumes in %.1f s: %s", delay, error)
            finally:
                self._exchange = None
                granter.cancel()
                exchange.cancel()
            failures += 1
            await asyncio.sleep(delay)

    async def _give_back(self) -> None:
        """Gives back what came and wasn't shown."""
        unshown = []
        while not self._arrived.empty():
            arrived = self._arrived.get_nowait()
            if isinstance(arrived, Delivery):
                unshown.append(arrived.receipt)
        if unshown:
            try:
                await self._queue.nack_many(unshown)
            except TracksideError as failure:
                log.warning(
                    "%d messages return to their queue only after their lease: %s", len(unshown), failure
                )

    async def _grant(self, exchange: _Exchange) -> None:
        """Begins, and gives a credit for each delivery that is out of hand again."""
        self._begin.credits = self._max_in_flight - len(self._in_hand)
        self._credits = 0
        await exchange.write(pb.ConsumeMessagesRequest(begin=self._begin))
        while True:
            self._freed.clear()
            if self._credits:
                credits, self._credits = self._credits, 0
                await exchange.write(pb.ConsumeMessagesRequest(credits=credits))
            await self._freed.wait()

    def _receive(self, response: pb.ConsumeMessagesResponse) -> None:
        kind = response.WhichOneof("item")
        if kind == "deliveries":
            for message in response.deliveries.deliveries:
                delivery = delivery_of(self._queue, message, self._settle)
                self._in_hand[delivery.receipt] = delivery
                self._arrived.put_nowait(delivery)
        elif kind == "interrupted":
            interrupted = self._in_hand.get(response.interrupted.receipt)
            if interrupted is not None:
                interrupted.interrupted.set()
        elif kind == "lost":
            lost = self._in_hand.get(response.lost.receipt)
            if lost is not None:
                lost.lost.set()
                self._settle(lost.receipt)

    def _settle(self, receipt: str) -> None:
        """Takes a delivery out of hand, once."""
        if self._in_hand.pop(receipt, None) is not None:
            self._credits += 1
            self._freed.set()
