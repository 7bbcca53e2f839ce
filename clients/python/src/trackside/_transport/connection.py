"""Connections: one for each event loop that uses the client."""

from __future__ import annotations

import asyncio
from typing import Any, Coroutine, Dict, Generic, List, Optional, Protocol, Set, Tuple, TypeVar, Union

import grpc

from trackside._transport.begun import Begun
from trackside._transport.gate import Gate
from trackside._transport.methods import Method, Request, Response
from trackside._transport.pipeline import Pipeline
from trackside.address import target_of
from trackside.errors import error_of_rpc

# Back soon after its sidecar, aware of an other end that is gone without a word, and never by way of a proxy.
_options: List[Tuple[str, Union[str, int]]] = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.http2.ping_timeout_ms", 5_000),
    ("grpc.enable_http_proxy", 0),
]


Item = TypeVar("Item", covariant=True)


class Stream(Protocol[Item]):
    """A stream of responses."""

    async def read(self) -> Optional[Item]:
        """The next response, None at the stream's end. Who cancels it ends the stream."""

    def cancel(self) -> None:
        """Ends the stream."""


class OwnStream(Generic[Request, Response]):
    """A stream of responses that is a call of its own."""

    def __init__(self, method: Method[Request, Response], call: Any) -> None:
        self._method = method
        self._call = call
        self._begun = Begun(call)

    async def read(self) -> Optional[Response]:
        """The next response, None at the stream's end. Who cancels it ends the stream."""
        try:
            response = await self._begun.answer(self._call.read())
        except grpc.aio.AioRpcError as error:
            raise error_of_rpc(error, self._method.path) from None
        return response if isinstance(response, self._method.response) else None

    def cancel(self) -> None:
        """Ends the stream."""
        self._begun.cancel()


class Exchange(OwnStream[Request, Response]):
    """A stream of requests and responses."""

    async def write(self, request: Request) -> None:
        """Sends a request, one at a time; after the stream's end it does nothing, and `read` tells how it
        ended."""
        try:
            await self._call.write(request)
        except (grpc.RpcError, asyncio.InvalidStateError):
            pass

    async def end(self) -> None:
        """Tells that no more requests come: what was asked is still answered."""
        try:
            await self._call.done_writing()
        except (grpc.RpcError, asyncio.InvalidStateError):
            pass


class Connection:
    """A channel of the running event loop, and the pipeline on it."""

    def __init__(self, target: str, pipelined: bool) -> None:
        self.channel = grpc.aio.insecure_channel(target, options=_options)
        self._gate = Gate(self.channel)
        self._pipeline = Pipeline(self.channel) if pipelined else None
        self._beside: Set[asyncio.Task[None]] = set()

    async def call(self, method: Method[Request, Response], request: Request, timeout: float) -> Response:
        """Calls once: on the pipeline where that can be, else by a call of its own, begun in its turn."""
        if self._pipeline is not None and not _waits(request):
            answer = self._pipeline.call(method, request, timeout)
            if answer is not None:
                return await answer
        now = asyncio.get_running_loop().time
        end = now() + timeout
        call = self.channel.unary_unary(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        begun = await self._gate.begin(lambda: call(request, timeout=end - now()), timeout)
        try:
            return await begun
        except grpc.aio.AioRpcError as error:
            raise error_of_rpc(error, method.path) from None

    async def stream(
        self, method: Method[Request, Response], request: Request, timeout: Optional[float] = None
    ) -> Stream[Response]:
        """Opens a stream of responses in its turn, on the pipeline where that can be, else by a call of its
        own; `timeout` bounds the wait for that, not the stream."""
        return await self._gate.begin(lambda: self._begin_stream(method, request), timeout)

    def exchange(self, method: Method[Request, Response]) -> Exchange[Request, Response]:
        """Opens a stream of requests and responses."""
        call = self.channel.stream_stream(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        return Exchange(method, call())

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begins work that nobody waits for. It is cancelled by `close`, and by the loop's end as all tasks
        are."""
        task = asyncio.get_running_loop().create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
        return task

    async def close(self) -> None:
        """Ends everything under way."""
        if self._beside:
            for task in self._beside:
                task.cancel()
            await asyncio.wait(self._beside)
        if self._pipeline is not None:
            await self._pipeline.close()
        await self.channel.close()
        await self._gate.closed()

    def _begin_stream(self, method: Method[Request, Response], request: Request) -> Stream[Response]:
        framed = self._pipeline.stream(method, request) if self._pipeline is not None else None
        if framed is not None:
            return framed
        call = self.channel.unary_stream(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        return OwnStream(method, call(request))


class Connections:
    """The connections of a client, each made when its event loop first calls."""

    def __init__(self, address: str, pipelined: bool) -> None:
        self._target = target_of(address)
        self._pipelined = pipelined
        self._by_loop: Dict[asyncio.AbstractEventLoop, Connection] = {}

    def current(self) -> Connection:
        """The running event loop's connection."""
        loop = asyncio.get_running_loop()
        connection = self._by_loop.get(loop)
        if connection is None:
            for other in [other for other in self._by_loop if other.is_closed()]:
                del self._by_loop[other]
            connection = self._by_loop[loop] = Connection(self._target, self._pipelined)
        return connection

    async def close(self) -> None:
        """Closes the running event loop's connection; the next call makes a new one."""
        connection = self._by_loop.pop(asyncio.get_running_loop(), None)
        if connection is not None:
            await connection.close()


def _waits(request: Request) -> bool:
    """A call that waits is one of its own: those that a pipeline takes at a time are limited, and the call
    that would end the wait must not wait behind it."""
    return "wait_duration" in request.DESCRIPTOR.fields_by_name and request.HasField("wait_duration")
