"""How a stream that has begun is given up."""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, TypeVar

Answer = TypeVar("Answer")

_sent_within = 0.05
"""Seconds after which a call's request has left this process, as a rule. One that is answered surely has."""


class Begun:
    """A stream that has just begun. It isn't cancelled before its request is sent: gRPC's older versions may
    then reset a stream that they haven't opened, for which HTTP/2 has the sidecar end the connection, with
    all the calls and holdings on it."""

    def __init__(self, call: Any) -> None:
        self._call = call
        self._loop = asyncio.get_running_loop()
        self._sent = self._loop.time() + _sent_within

    async def answer(self, answer: Awaitable[Answer]) -> Answer:
        """Waits for an answer to the call. Who cancels it cancels the call."""
        try:
            answered = await (asyncio.shield(answer) if self._loop.time() < self._sent else answer)
            self._sent = self._loop.time()
            return answered
        except asyncio.CancelledError:
            self.cancel()  # gRPC itself doesn't where the request has just been sent.
            raise

    def cancel(self) -> None:
        """Cancels the call, now or when its request is sent."""
        if self._loop.time() < self._sent:
            self._loop.call_at(self._sent, self._call.cancel)
        else:
            self._call.cancel()
