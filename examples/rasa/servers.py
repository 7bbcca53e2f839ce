"""Starts what a run needs, as processes that are gone with it: a Redis, sidecars, the model, Rasa servers."""

import asyncio
import json
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path

import aiohttp

HERE = Path(__file__).resolve().parent
SIDECAR = HERE.parents[1] / "dist/main.js"
RASA = [sys.executable, "-W", "ignore", str(HERE / "rasa_command.py")]


class Servers:
    """The processes of a run. Use it as `async with`."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="trackside-rasa-"))
        self._processes = []

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        for process in self._processes:
            if process.returncode is None:
                process.kill()
            await process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def redis(self):
        """Starts a Redis that keeps what it is told on the disk; its port."""
        port = free_port()
        keeping = ["--dir", self.folder, "--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        await self._start("redis-server", "--port", str(port), "--bind", "127.0.0.1", *keeping)
        await until(lambda: _accepts(port), "redis-server")
        return port

    async def sidecar(self, storage):
        """Starts a sidecar; its address."""
        settings = {
            "TRACKSIDE_LISTEN": "127.0.0.1:0",
            "TRACKSIDE_STORAGE": storage,
            "TRACKSIDE_LOG_FORMAT": "json",
        }
        process = await self._start(
            "node", str(SIDECAR), "serve", settings=settings, stdout=asyncio.subprocess.PIPE
        )
        while True:
            line = await process.stdout.readline()
            if not line:
                raise RuntimeError("the sidecar did not start; is it built (npm run build)?")
            addresses = json.loads(line).get("addresses")
            if addresses:
                return addresses[0]

    async def model(self):
        """Trains the bot; the model's file."""
        options = ["train", "--fixed-model-name", "bot", "--out", str(self.folder)]
        process = await self._start(*RASA, *options)
        if await process.wait() != 0:
            raise RuntimeError(f"rasa train ended with {process.returncode}; its log: {self._log()}")
        return self.folder / "bot.tar.gz"

    async def rasa(self, model, endpoints, **settings):
        """Starts a Rasa server; its process and URL."""
        port = free_port()
        options = ["--model", model, "--endpoints", endpoints, "--credentials", "credentials.yml"]
        listen = ["--enable-api", "--interface", "127.0.0.1", "--port", str(port)]
        process = await self._start(*RASA, "run", *options, *listen, settings=settings)
        url = f"http://127.0.0.1:{port}"
        async with aiohttp.ClientSession() as http:
            await until(lambda: _answers(http, f"{url}/status"), f"rasa; its log: {self._log()}")
        return process, url

    async def _start(self, *command, settings=None, stdout=None):
        with open(self.folder / "processes.log", "ab") as log:
            process = await asyncio.create_subprocess_exec(
                *map(str, command),
                cwd=HERE / "bot",
                env={**os.environ, "RASA_TELEMETRY_ENABLED": "false", **(settings or {})},
                stdout=stdout or log,
                stderr=log,
            )
        self._processes.append(process)
        return process

    def _log(self):
        return (self.folder / "processes.log").read_text(errors="replace")[-2_000:]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def until(holds, what, seconds=60):
    """Waits until it holds."""
    for _ in range(seconds * 10):
        if await holds():
            return
        await asyncio.sleep(0.1)
    raise TimeoutError(f"no answer from {what}")


async def _accepts(port):
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def _answers(http, url):
    try:
        async with http.get(url) as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False
