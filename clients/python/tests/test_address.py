from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import Sidecar, StartSidecar

from trackside import NewEvent, Trackside
from trackside.address import target_of


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("127.0.0.1:7420", "dns:///127.0.0.1:7420"),
        ("localhost:80", "dns:///localhost:80"),
        ("[::1]:7420", "dns:///[::1]:7420"),
        ("unix:///run/x.sock", "unix:/run/x.sock"),
        ("unix:/run/x.sock", "unix:/run/x.sock"),
        ("unix:run/x.sock", f"unix:{os.path.abspath('run/x.sock')}"),
    ],
)
def test_an_address_is_reached_at_its_target(address: str, target: str) -> None:
    assert target_of(address) == target


@pytest.mark.parametrize(
    "address", ["", "localhost", "http://x:1", "unix:", "unix://run/x", "x:99999", "[x]:1"]
)
def test_what_is_no_address_is_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="is not an address: write it as"):
        Trackside(address)


async def test_a_sidecar_is_reached_by_tcp_and_by_unix_socket(
    start_sidecar: StartSidecar, tmp_path: Path
) -> None:
    socket = f"unix:{tmp_path}/s.sock"
    sidecar: Sidecar = start_sidecar(listen=f"127.0.0.1:0,{socket}")
    async with Trackside(sidecar.addresses[0]) as tcp, Trackside(sidecar.addresses[1]) as unix:
        await tcp.tracker("alice").append([NewEvent("user", "{}")])
        assert (await unix.tracker("alice").get()).sequence == 1


async def test_a_proxy_of_the_environment_is_passed_by(
    sidecar: Sidecar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("grpc_proxy", "http://127.0.0.1:9")
    async with Trackside(sidecar.address, timeout=3) as t:
        assert await t.cache.has("no such key") is False
