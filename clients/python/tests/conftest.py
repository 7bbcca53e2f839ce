"""Tests talk to the real sidecar, as a process of its own: what `TRACKSIDE_MAIN` names, else the build
beside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import uuid
from pathlib import Path
from typing import AsyncIterator, Callable, Dict, Iterator, List, Optional

import pytest
from proxy import Proxy

from trackside import Trackside

root = Path(__file__).resolve().parents[3]
main = Path(os.environ.get("TRACKSIDE_MAIN", root / "dist" / "main.js"))


class Sidecar:
    """A sidecar's process. Started again, it is at the same address, with the same store."""

    def __init__(
        self, storage: str, listen: str = "127.0.0.1:0", env: Optional[Dict[str, str]] = None
    ) -> None:
        self._storage = storage
        self._env = env or {}
        self.addresses = listen.split(",")
        self.start()

    @property
    def address(self) -> str:
        return self.addresses[0]

    def start(self) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TRACKSIDE_")}
        own = {
            "TRACKSIDE_LISTEN": ",".join(self.addresses),
            "TRACKSIDE_STORAGE": self._storage,
            "TRACKSIDE_ADMIN_LISTEN": "127.0.0.1:0",
            "TRACKSIDE_LOG_FORMAT": "json",
            **self._env,
        }
        command = ["node", str(main), "serve"]
        self.process = subprocess.Popen(command, env={**inherited, **own}, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            addresses: Optional[List[str]] = json.loads(line).get("addresses")
            if addresses:
                self.addresses = addresses
                return
        raise AssertionError(f"the sidecar ended with {self.process.wait()} before it served")

    def kill(self, by: signal.Signals = signal.SIGKILL) -> None:
        self.process.send_signal(by)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


StartSidecar = Callable[..., Sidecar]


@pytest.fixture(scope="session", params=["memory", "sqlite"])
def sidecar(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sidecar]:
    """One that all tests of a store share: they use ids of their own."""
    folder = tmp_path_factory.mktemp("store")
    started = Sidecar("memory:" if request.param == "memory" else f"sqlite:{folder}/trackside.db")
    yield started
    started.kill()


@pytest.fixture
def start_sidecar(tmp_path: Path) -> Iterator[StartSidecar]:
    """Starts ones of the test's own, on SQLite unless it says otherwise."""
    started: List[Sidecar] = []

    def start(storage: str = f"sqlite:{tmp_path}/trackside.db", **options: str) -> Sidecar:
        started.append(Sidecar(storage, **options))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for sidecar in started:
        if sidecar.process.poll() is None:
            sidecar.kill()


@pytest.fixture
async def t(sidecar: Sidecar) -> AsyncIterator[Trackside]:
    async with Trackside(sidecar.address) as client:
        yield client


@pytest.fixture
async def proxy(sidecar: Sidecar) -> AsyncIterator[Proxy]:
    """Between client and sidecar, to cut them off from each other."""
    async with Proxy(sidecar.address) as between:
        yield between


@pytest.fixture
def name() -> str:
    """An id that no other test has."""
    return uuid.uuid4().hex
