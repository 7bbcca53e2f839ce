"""A TCP proxy that cuts connections."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Optional, Set, Type


class Proxy:
    """Forwards to an address. `swallow_answers` lets requests through and, once one came, drops its answer
    and the connection; `stall` keeps connections open and carries nothing on them any more, `silence` does so
    with connections to come."""

    def __init__(self, address: str) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)
        self._writers: Set[asyncio.StreamWriter] = set()
        self._tasks: Set[asyncio.Task[None]] = set()
        self._swallowing = False
        self._stalled: Set[asyncio.StreamWriter] = set()
        self._silenced = False
        self.swallowed = 0
        self.connections = 0

    @property
    def address(self) -> str:
        port: int = self._server.sockets[0].getsockname()[1]
        return f"127.0.0.1:{port}"

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()

    def swallow_answers(self) -> None:
        """From now on what the sidecar says is dropped, once, and its connection cut."""
        self._swallowing = True

    def cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    def stall(self) -> None:
        self._stalled |= self._writers

    def silence(self) -> None:
        self._silenced = True

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        upstream_reader, upstream_writer = await asyncio.open_connection(self._host, self._port)
        self._writers |= {writer, upstream_writer}
        if self._silenced:
            self._stalled |= {writer, upstream_writer}
        for source, sink, is_answer in ((reader, upstream_writer, False), (upstream_reader, writer, True)):
            task = asyncio.get_running_loop().create_task(self._pump(source, sink, is_answer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, is_answer: bool) -> None:
        try:
            while True:
                data = await source.read(65_536)
                if not data:
                    break
                if sink in self._stalled:
                    continue
                if is_answer and self._swallowing and _has_message(data):
                    self._swallowing = False
                    self.swallowed += 1
                    self.cut()
                    return
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            if sink not in self._stalled:
                sink.close()
            self._writers.discard(sink)


def _has_message(data: bytes) -> bool:
    """Whether HTTP/2 frames have one that carries data."""
    while len(data) >= 9:
        length, kind = int.from_bytes(data[:3], "big"), data[3]
        if kind == 0 and length > 0:
            return True
        data = data[9 + length :]
    return False
