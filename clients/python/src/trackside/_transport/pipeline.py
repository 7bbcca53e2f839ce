"""Calls as frames of one stream (PipelineService), which costs a fraction of a call of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Awaitable, Deque, Dict, Optional, Union, cast

import grpc

from trackside._transport.frames import AnyCall, AnyStream, End, FramedCall, FramedStream
from trackside._transport.methods import Method, Request, Response
from trackside.errors import TracksideError, Unavailable, error_of_status, status_of_rpc
from trackside.times import to_duration
from trackside.v1.pipeline_service_pb2 import PipelineCancellation, PipelineRequest, PipelineResponse

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
        body = _body(method, request, timeout)
        if body is None:
            return None
        call = FramedCall(method, body, timeout)
        self._current().call(call)
        return call.answer

    def stream(
        self, method: Method[Request, Response], request: Request
    ) -> Optional[FramedStream[Request, Response]]:
        """Calls a method that streams; None where the method or the request doesn't fit into a frame."""
        body = _body(method, request)
        if body is None:
            return None
        current = self._current()
        stream = FramedStream(method, body, current.cancel)
        current.stream(stream)
        return stream

    async def close(self) -> None:
        """Gives up what is in flight."""
        if self._stream is not None:
            await self._stream.close()

    def _current(self) -> _Stream:
        if self._stream is None or self._stream.ended:
            self._stream = _Stream(self._open())
        return self._stream


class _Stream:
    """One stream of calls. A call waits here until the sidecar has told how many it takes at a time, and
    while that many are in flight; streaming calls are not among these. When the stream ends, so does whatever
    is not over."""

    def __init__(self, rpc: grpc.aio.StreamStreamCall[bytes, PipelineResponse]) -> None:
        self.ended = False
        self._rpc = rpc
        self._in_flight: Dict[int, Union[AnyCall, AnyStream]] = {}
        self._calls: Deque[AnyCall] = deque()
        self._streams: Deque[AnyStream] = deque()
        self._outgoing: Deque[bytes] = deque()
        self._confirmed = False
        self._room = 0
        self._last_id = 0
        self._writer: Optional[asyncio.Task[None]] = None
        self._reader = asyncio.get_running_loop().create_task(self._read())

    def call(self, call: AnyCall) -> None:
        self._calls.append(call)
        self._flush()

    def stream(self, stream: AnyStream) -> None:
        self._streams.append(stream)
        self._flush()

    def cancel(self, stream: AnyStream) -> None:
        if stream.call_id in self._in_flight:
            self._send(PipelineRequest(call_id=stream.call_id, cancel=PipelineCancellation()))

    async def close(self) -> None:
        self._rpc.cancel()
        await asyncio.wait({self._reader})

    def _flush(self) -> None:
        while self._streams and self._confirmed:
            stream = self._streams.popleft()
            if not stream.over:
                stream.call_id = self._begin(stream)
        while self._calls and self._room > 0:
            call = self._calls.popleft()
            if not call.over:
                self._begin(call)
                self._room -= 1

    def _begin(self, call: Union[AnyCall, AnyStream]) -> int:
        call_id = self._free_id()
        self._in_flight[call_id] = call
        self._send(PipelineRequest(call_id=call_id), call.body)
        return call_id

    def _free_id(self) -> int:
        while True:
            self._last_id = self._last_id % _max_call_id + 1
            if self._last_id not in self._in_flight:
                return self._last_id

    def _send(self, frame: PipelineRequest, body: bytes = b"") -> None:
        # Messages that are concatenated are merged by whoever reads them.
        self._outgoing.append(frame.SerializeToString() + body)
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._outgoing:
                await self._rpc.write(self._outgoing.popleft())
        except (grpc.RpcError, asyncio.InvalidStateError, asyncio.CancelledError):
            pass  # The reader tells how the stream ended.
        finally:
            self._writer = None

    async def _read(self) -> None:
        end: End = asyncio.CancelledError()
        try:
            while True:
                response = await self._rpc.read()
                if not isinstance(response, PipelineResponse):
                    end = Unavailable("the stream of calls has ended", code=grpc.StatusCode.UNAVAILABLE)
                    break
                self._receive(response)
        except grpc.aio.AioRpcError as failure:
            end = _error_of_end(failure)
        finally:
            self._end(end)

    def _receive(self, response: PipelineResponse) -> None:
        if response.WhichOneof("result") == "confirmation":
            self._confirmed = True
            self._room = response.confirmation.max_calls
        else:
            call = self._in_flight.get(response.call_id)
            if call is not None and call.receive(response):
                del self._in_flight[response.call_id]
                self._room += isinstance(call, FramedCall)
        self._flush()

    def _end(self, end: End) -> None:
        self.ended = True
        unfinished = [*self._in_flight.values(), *self._streams, *self._calls]
        self._in_flight.clear()
        for call in unfinished:
            call.end(end)


def _body(
    method: Method[Request, Response], request: Request, timeout: Optional[float] = None
) -> Optional[bytes]:
    """A frame without its call_id; None where the method or the request doesn't fit into one."""
    if method.frame_field is None:
        return None
    told = None if timeout is None else to_duration(timeout)
    frame = cast(Any, PipelineRequest)(timeout=told, **{method.frame_field: request})
    body: bytes = frame.SerializeToString()
    return body if len(body) <= _max_frame_bytes else None


def _error_of_end(failure: grpc.aio.AioRpcError) -> TracksideError:
    """Nothing was begun by a sidecar that doesn't know pipelines; else it is open what took effect."""
    status = status_of_rpc(failure)
    if failure.code() is not grpc.StatusCode.UNIMPLEMENTED:
        status.code = grpc.StatusCode.UNAVAILABLE.value[0]
    return error_of_status(status, _path)
