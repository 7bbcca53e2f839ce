"""Calls with a deadline, repeated where that is safe."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any, AsyncIterator, Optional, cast

from trackside._transport.connection import Connection, Connections
from trackside._transport.methods import Method, Request, Response
from trackside._transport.retry import backoff, may_repeat
from trackside.errors import DeadlineExceeded, TracksideError


class Caller:
    """What all parts of a client call through."""

    def __init__(self, connections: Connections, timeout: float) -> None:
        self.connections = connections
        self.timeout = timeout

    @property
    def connection(self) -> Connection:
        """The running event loop's connection."""
        return self.connections.current()

    async def call(self, method: Method[Request, Response], request: Request, wait: float = 0.0) -> Response:
        """Calls, and again after failures that may pass, until the time is up; `wait` is what the sidecar
        waits.

        A request that isn't safe to repeat as it is bears an id of its own, made by whoever makes the
        request. Where a repeat runs out of time, the failure before it is told if it was the connection's:
        either leaves open whether the call took effect.
        """
        now = asyncio.get_running_loop().time
        end = now() + wait + self.timeout
        attempt = 0
        cut_off: Optional[TracksideError] = None
        while True:
            try:
                return await self.connection.call(method, request, end - now())
            except TracksideError as error:
                if cut_off is not None and isinstance(error, DeadlineExceeded):
                    raise cut_off from None
                cut_off = error if error.reason is None else None
                delay = backoff(attempt, error.retry_delay)
                if not may_repeat(error, method.repeatable) or now() + delay >= end:
                    raise
            attempt += 1
            await asyncio.sleep(delay)

    async def pages(self, method: Method[Request, Response], request: Request) -> AsyncIterator[Response]:
        """Calls a method that lists, page after page, until there is no more."""
        paged = cast(Any, request)
        while True:
            page = await self.call(method, request)
            yield page
            paged.page_token = cast(Any, page).next_page_token
            if not paged.page_token:
                return


def new_id() -> str:
    """An id for a request, made once for all of its attempts."""
    return uuid.uuid4().hex
