"""The order of calls on a channel that is still to connect."""

from __future__ import annotations

import asyncio
from typing import Callable, Optional, TypeVar

import grpc

Call = TypeVar("Call")


class Gate:
    """Begins calls in the order in which they come. gRPC keeps those that find no connection and begins them
    in any order once there is one, so here they wait in line until the channel has connected or has failed
    to, and then fail as gRPC says."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel
        self._line = asyncio.Lock()
        self._in_line = 0
        self._connecting: Optional[asyncio.Task[None]] = None

    async def begin(self, call: Callable[[], Call], timeout: Optional[float] = None) -> Call:
        """Begins a call in its turn, or out of turn when its time is up, for gRPC to say so."""
        if not self._in_line and self._channel.get_state() is grpc.ChannelConnectivity.READY:
            return call()
        self._in_line += 1
        turn = asyncio.get_running_loop().create_task(self._turn())
        try:
            await asyncio.wait({turn}, timeout=timeout)
            if turn.done():
                turn.result()
            return call()  # Here and not by the turn: who is cancelled until now has begun nothing.
        finally:
            turn.cancel()
            self._in_line -= 1

    async def closed(self) -> None:
        """Waits, once the channel is closed, for what gRPC still has to tell this event loop of it: a second
        at most."""
        if self._connecting is not None:
            await asyncio.wait({self._connecting}, timeout=1)
            self._connecting.cancel()

    async def _turn(self) -> None:
        async with self._line:
            if self._connecting is None or self._connecting.done():
                self._connecting = asyncio.get_running_loop().create_task(self._connect())
            await asyncio.shield(self._connecting)

    async def _connect(self) -> None:
        """Connects, or fails to."""
        while True:
            state = self._channel.get_state(try_to_connect=True)
            if state is grpc.ChannelConnectivity.SHUTDOWN:
                raise asyncio.CancelledError  # As of a call that has begun.
            if state not in _undecided:
                return
            await self._channel.wait_for_state_change(state)


_undecided = (grpc.ChannelConnectivity.IDLE, grpc.ChannelConnectivity.CONNECTING)
