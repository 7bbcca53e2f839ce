"""Unary calls as frames of one stream (PipelineService), which costs a fraction of a call of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Awaitable, Deque, Dict, Generic, Optional, cast

import grpc
from google.protobuf.message import Message

from trackside._transport.methods import Method, Request, Response
from trackside.errors import DeadlineExceeded, TracksideError, Unavailable, error_of_status, status_of_rpc
from trackside.times import to_duration
from trackside.v1.pipeline_service_pb2 import PipelineRequest, PipelineResponse

_path = "/trackside.v1.PipelineService/Pipeline"
_max_frame_bytes = 4 << 20
_max_call_id = 0xFFFF_FFFF


class Pipeline:
    """Calls on a stream that is opened with the first of them, and anew with the next after it broke."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._open: grpc.aio.StreamStreamMultiCallable[bytes, PipelineResponse] = channel.stream_stream(
            _path, response_deserializer=PipelineResponse.FromString
        )
        self._stream: Optional[_Stream] = None

    def call(
        self, method: Method[Request, Response], request: Request, timeout: float
    ) -> Optional[Awaitable[Response]]:
        """Calls; None where the method or the request doesn't fit into a frame.

        Who cancels what this returns gives up the answer; the sidecar goes on with the call.
        """
        if method.frame_field is None:
            return None
        frame = cast(Any, PipelineRequest)(timeout=to_duration(timeout), **{method.frame_field: request})
        body = frame.SerializeToString()
        if len(body) > _max_frame_bytes:
            return None
        if self._stream is None or self._stream.ended:
            self._stream = _Stream(self._open())
        call = _Call(method, body, timeout)
        self._stream.send(call)
        return call.answer

    async def close(self) -> None:
        """Gives up what is in flight."""
        if self._stream is not None:
            await self._stream.close()


class _Call(Generic[Request, Response]):
    """A call, from its request to its end."""

    def __init__(self, method: Method[Request, Response], body: bytes, timeout: float) -> None:
        loop = asyncio.get_running_loop()
        self.method = method
        self.body = body
        self.answer: asyncio.Future[Response] = loop.create_future()
        timer = loop.call_later(timeout, self._time_out)
        self.answer.add_done_callback(lambda _: timer.cancel())

    def settle(self, response: PipelineResponse) -> None:
        field = self.method.frame_field
        if response.WhichOneof("result") == field:
            if not self.answer.done():
                self.answer.set_result(getattr(response, cast(str, field)))
        else:
            self.fail(error_of_status(response.status, self.method.path))

    def fail(self, error: TracksideError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)

    def _time_out(self) -> None:
        message = "the call's time was up before its answer came"
        self.fail(DeadlineExceeded(message, code=grpc.StatusCode.DEADLINE_EXCEEDED))


_AnyCall = _Call[Message, Message]


class _Stream:
    """One stream of calls. A call waits here until the sidecar has told how many it takes at a time, and
    while that many are in flight. When the stream ends, whatever is not answered fails."""

    def __init__(self, rpc: grpc.aio.StreamStreamCall[bytes, PipelineResponse]) -> None:
        self.ended = False
        self._rpc = rpc
        self._in_flight: Dict[int, _AnyCall] = {}
        self._waiting: Deque[_AnyCall] = deque()
        self._outgoing: Deque[bytes] = deque()
        self._max_calls = 0
        self._last_id = 0
        self._writer: Optional[asyncio.Task[None]] = None
        self._reader = asyncio.get_running_loop().create_task(self._read())

    def send(self, call: _Call[Request, Response]) -> None:
        self._waiting.append(cast(_AnyCall, call))
        self._flush()

    async def close(self) -> None:
        self._rpc.cancel()
        await asyncio.wait({self._reader})

    def _flush(self) -> None:
        while self._waiting and len(self._in_flight) < self._max_calls:
            call = self._waiting.popleft()
            if call.answer.done():
                continue
            call_id = self._free_id()
            self._in_flight[call_id] = call
            # Messages that are concatenated are merged by whoever reads them.
            self._outgoing.append(PipelineRequest(call_id=call_id).SerializeToString() + call.body)
        if self._outgoing and self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write())

    def _free_id(self) -> int:
        while True:
            self._last_id = self._last_id % _max_call_id + 1
            if self._last_id not in self._in_flight:
                return self._last_id

    async def _write(self) -> None:
        try:
            while self._outgoing:
                await self._rpc.write(self._outgoing.popleft())
        except (grpc.RpcError, asyncio.InvalidStateError, asyncio.CancelledError):
            pass  # The reader tells how the stream ended.
        finally:
            self._writer = None

    async def _read(self) -> None:
        error: TracksideError = Unavailable("the connection was closed", code=grpc.StatusCode.UNAVAILABLE)
        try:
            while True:
                response = await self._rpc.read()
                if not isinstance(response, PipelineResponse):
                    break
                self._receive(response)
        except grpc.aio.AioRpcError as failure:
            error = _error_of_end(failure)
        finally:
            self._end(error)

    def _receive(self, response: PipelineResponse) -> None:
        if response.WhichOneof("result") == "confirmation":
            self._max_calls = response.confirmation.max_calls
        else:
            call = self._in_flight.pop(response.call_id, None)
            if call is not None:
                call.settle(response)
        self._flush()

    def _end(self, error: TracksideError) -> None:
        self.ended = True
        for call in [*self._in_flight.values(), *self._waiting]:
            call.fail(error)


def _error_of_end(failure: grpc.aio.AioRpcError) -> TracksideError:
    """Nothing was begun by a sidecar that doesn't know pipelines; else it is open what took effect."""
    status = status_of_rpc(failure)
    if failure.code() is not grpc.StatusCode.UNIMPLEMENTED:
        status.code = grpc.StatusCode.UNAVAILABLE.value[0]
    return error_of_status(status, _path)
