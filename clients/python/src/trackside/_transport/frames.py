"""Calls as frames of a pipeline: what becomes of one from its request to its end."""

from __future__ import annotations

import asyncio
from typing import Any, Callable, Generic, Optional, Union, cast

import grpc

from trackside._transport.methods import Method, Request, Response
from trackside.errors import DeadlineExceeded, TracksideError, error_of_status
from trackside.v1.pipeline_service_pb2 import PipelineResponse

End = Union[TracksideError, asyncio.CancelledError, None]
"""What ends a call: a failure, that the connection was closed, or None for a stream's good end."""


class FramedCall(Generic[Request, Response]):
    """A call with one answer. Who gives it up doesn't hear it; the sidecar goes on with the call."""

    def __init__(self, method: Method[Request, Response], body: bytes, timeout: float) -> None:
        loop = asyncio.get_running_loop()
        self.body = body
        self.answer: asyncio.Future[Response] = loop.create_future()
        self._method = method
        timer = loop.call_later(timeout, self._time_out)
        self.answer.add_done_callback(lambda _: timer.cancel())

    @property
    def over(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return self.answer.done()

    def receive(self, response: PipelineResponse) -> bool:
        """Takes the answer, which is the end."""
        field = self._method.frame_field
        if response.WhichOneof("result") != field:
            self.end(error_of_status(response.status, self._method.path))
        elif not self.over:
            self.answer.set_result(getattr(response, cast(str, field)))
        return True

    def end(self, end: End) -> None:
        """Ends the call without an answer, where it isn't over."""
        if self.over:
            return
        if isinstance(end, TracksideError):
            self.answer.set_exception(end)
        else:
            self.answer.cancel()

    def _time_out(self) -> None:
        message = "the call's time was up before its answer came"
        self.end(DeadlineExceeded(message, code=grpc.StatusCode.DEADLINE_EXCEEDED))


class FramedStream(Generic[Request, Response]):
    """A call with any number of answers, which a status ends. `cancel` reaches the sidecar."""

    def __init__(
        self, method: Method[Request, Response], body: bytes, on_cancel: Callable[[AnyStream], None]
    ) -> None:
        self.body = body
        self.over = False
        self.call_id = 0
        """What its frames bear; 0 before the first is sent."""
        self._method = method
        self._on_cancel = on_cancel
        self._arrived: asyncio.Queue[Union[Response, End]] = asyncio.Queue()

    async def read(self) -> Optional[Response]:
        """The next response, None at the stream's end. Who cancels it ends the stream."""
        try:
            arrived = await self._arrived.get()
        except asyncio.CancelledError:
            self.cancel()
            raise
        if isinstance(arrived, self._method.response):
            return arrived
        self._arrived.put_nowait(arrived)
        if isinstance(arrived, BaseException):
            raise arrived
        return None

    def cancel(self) -> None:
        """Ends the stream."""
        if not self.over:
            self.end(asyncio.CancelledError())
            self._on_cancel(self)

    def receive(self, response: PipelineResponse) -> bool:
        """Takes an item or the end; tells whether it was the end."""
        field = self._method.frame_field
        if response.WhichOneof("result") == field:
            if not self.over:
                self._arrived.put_nowait(getattr(response, cast(str, field)))
            return False
        failed = response.status.code != grpc.StatusCode.OK.value[0]
        self.end(error_of_status(response.status, self._method.path) if failed else None)
        return True

    def end(self, end: End) -> None:
        """Ends the stream behind what has arrived, where it isn't over."""
        if not self.over:
            self.over = True
            self._arrived.put_nowait(end)


AnyCall = FramedCall[Any, Any]
AnyStream = FramedStream[Any, Any]
