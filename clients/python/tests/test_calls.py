from __future__ import annotations

import asyncio
import signal
import time
from typing import Any, Awaitable

import grpc
import pytest
from conftest import Sidecar, StartSidecar
from proxy import Proxy

from trackside import DeadlineExceeded, NewEvent, NewMessage, ShuttingDown, Trackside, Unavailable
from trackside._transport import methods
from trackside.v1.record_service_pb2 import AppendItemsRequest
from trackside.v1.value_pb2 import Value

hi = NewEvent("user", "{}")


@pytest.mark.parametrize("pipeline", [True, False])
async def test_a_call_whose_answer_was_lost_is_repeated_as_the_same_call(
    sidecar: Sidecar, proxy: Proxy, name: str, pipeline: bool
) -> None:
    async with Trackside(proxy.address, pipeline=pipeline) as t, Trackside(sidecar.address) as direct:
        await t.cache.has(name)
        proxy.swallow_answers()
        appended = await t.tracker(name).append([hi], expect="no_events")
        assert appended.duplicate and proxy.swallowed == 1
        assert (await direct.tracker(name).get()).sequence == 1
        proxy.swallow_answers()
        assert await t.cache.increment(name) == 1
        proxy.swallow_answers()
        assert (await t.queue(name).push("x")).duplicate
        assert (await direct.queue(name).info()).ready == 1
        proxy.swallow_answers()
        assert await t.records.delete(name) is False
        assert proxy.swallowed == 4


@pytest.mark.parametrize("pipeline", [True, False])
async def test_a_call_that_is_not_safe_to_repeat_is_not(
    sidecar: Sidecar, proxy: Proxy, name: str, pipeline: bool
) -> None:
    async with Trackside(proxy.address, pipeline=pipeline) as t, Trackside(sidecar.address) as direct:
        await direct.queue(name).push_many([NewMessage(n) for n in range(4)])
        await t.cache.has(name)
        proxy.swallow_answers()
        with pytest.raises(Unavailable):
            await t.queue(name).pop()
        assert proxy.swallowed == 1
        await t.cache.has(name)
        proxy.swallow_answers()
        with pytest.raises(Unavailable):
            await t.queue(name).claim()
        info = await direct.queue(name).info()
        assert info.ready + info.in_flight == 3 and info.ready >= 2


async def test_calls_go_on_after_a_restart_of_the_sidecar(start_sidecar: StartSidecar) -> None:
    sidecar = start_sidecar()
    async with Trackside(sidecar.address, timeout=50) as t:
        for by in (signal.SIGKILL, signal.SIGTERM):
            await t.tracker("alice").append([hi])
            sidecar.kill(by)
            restarting = asyncio.get_running_loop().run_in_executor(None, sidecar.start)
            await t.tracker("alice").append([hi])
            await restarting
        assert (await t.tracker("alice").get()).sequence == 4


async def test_a_call_that_finds_nobody_says_so_when_its_time_is_up() -> None:
    async with Trackside("127.0.0.1:9", timeout=0.6) as t:
        began = time.monotonic()
        with pytest.raises(Unavailable) as unavailable:
            await t.cache.get("x")
        assert 0.2 < time.monotonic() - began < 5
        assert unavailable.value.reason is None and unavailable.value.code.name == "UNAVAILABLE"
        with pytest.raises(Unavailable):
            await t.queue("x").pop()


@pytest.mark.parametrize("pipeline", [True, False])
async def test_a_call_that_was_cut_off_says_so_where_its_repeat_gets_no_answer(
    proxy: Proxy, pipeline: bool
) -> None:
    async with Trackside(proxy.address, pipeline=pipeline) as t:
        await t.cache.has("x")
        proxy.swallow_answers()
        proxy.silence()
        with pytest.raises(Unavailable):
            await t.with_timeout(5).cache.has("x")
        assert proxy.swallowed == 1


@pytest.mark.parametrize("pipeline", [True, False])
async def test_a_call_without_an_answer_ends_at_its_deadline(proxy: Proxy, pipeline: bool) -> None:
    async with Trackside(proxy.address, pipeline=pipeline) as t:
        await t.cache.has("x")
        proxy.stall()
        began = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            await t.with_timeout(0.3).cache.has("x")
        assert 0.29 < time.monotonic() - began < 5


async def test_a_call_ends_at_its_deadline_while_its_client_connects(proxy: Proxy) -> None:
    proxy.silence()
    states = []
    for _ in range(3):  # A slow machine may take as long as connecting, but not each time.
        async with Trackside(proxy.address, timeout=0.1) as t:
            with pytest.raises((DeadlineExceeded, Unavailable)):
                await t.locks.acquire("x", wait=0.1)
            states.append(t._caller.connection.channel.get_state())
    assert grpc.ChannelConnectivity.CONNECTING in states


async def test_closing_ends_what_waits_for_the_connection(proxy: Proxy) -> None:
    proxy.silence()
    t = Trackside(proxy.address)
    waiting = [asyncio.ensure_future(t.lock("x").__aenter__()) for _ in range(3)]
    await asyncio.sleep(0.05)
    await t.close()
    for waiter in waiting:
        with pytest.raises(asyncio.CancelledError):
            await waiter


async def test_a_call_given_up_before_its_client_has_connected_is_not_made(
    sidecar: Sidecar, name: str
) -> None:
    async with Trackside(sidecar.address, pipeline=False) as t:
        calls = [asyncio.ensure_future(t.cache.increment(name)) for _ in range(20)]
        await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        assert await t.cache.increment(name) == 1


@pytest.mark.parametrize("held", [False, True])
async def test_a_call_given_up_as_its_client_connects_takes_no_place_in_line(
    t: Trackside, sidecar: Sidecar, name: str, held: bool
) -> None:
    def ask(client: Trackside, lock_id: str, wait: float) -> Awaitable[Any]:
        return (
            client.lock(lock_id, wait=wait).__aenter__() if held else client.locks.acquire(lock_id, wait=wait)
        )

    for turns in range(8):  # Of the event loop, from the connection to the cancellation.
        first = await t.locks.acquire(f"{name}/{turns}")
        assert first
        async with Trackside(sidecar.address) as connecting:
            given_up = asyncio.ensure_future(ask(connecting, f"{name}/{turns}", wait=50))
            await asyncio.sleep(0)
            gate = connecting._caller.connection._gate
            while gate._connecting is None or not gate._connecting.done():
                await asyncio.sleep(0)
            for _ in range(turns):
                await asyncio.sleep(0)
            given_up.cancel()
            behind = asyncio.ensure_future(ask(connecting, f"{name}/{turns}", wait=5))
            await t.locks.release(f"{name}/{turns}", first.fence)
            assert await behind


async def test_a_deadline_is_told_to_the_sidecar_and_waits_come_on_top(t: Trackside, name: str) -> None:
    quick = t.with_timeout(0.5)
    began = time.monotonic()
    assert await quick.queue(name).pop(wait=0.8) is None
    assert time.monotonic() - began > 0.7


async def test_cancelling_a_wait_reaches_the_sidecar(t: Trackside, name: str) -> None:
    async with t.lock(name):
        waiting = asyncio.ensure_future(t.locks.acquire(name, wait=60))
        while not (await t.locks.get(name)).waiters:
            await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        while (await t.locks.get(name)).waiters:
            await asyncio.sleep(0.01)


async def test_calls_beyond_the_sidecars_limit_wait_for_their_turn(start_sidecar: StartSidecar) -> None:
    sidecar = start_sidecar(env={"TRACKSIDE_LIMITS_PIPELINE_CALLS": "3"})
    async with Trackside(sidecar.address) as t:
        request = AppendItemsRequest(key="list", items=[Value(json="1")])
        calls = (t._caller.connection.call(methods.append_items, request, 10) for _ in range(200))
        assert sorted(answer.count for answer in await asyncio.gather(*calls)) == list(range(1, 201))


@pytest.mark.parametrize("pipeline", [True, False])
async def test_appends_to_one_conversation_take_effect_in_the_order_of_their_calls(
    sidecar: Sidecar, name: str, pipeline: bool
) -> None:
    for attempt in range(10):
        async with Trackside(sidecar.address, pipeline=pipeline) as t:
            calls = [t.tracker(f"{name}/{attempt}").append([hi], expect=n) for n in range(50)]
            appended = await asyncio.gather(*(asyncio.ensure_future(call) for call in calls))
            assert [a.first_sequence for a in appended] == list(range(1, 51))


async def test_a_call_that_was_given_up_harms_no_other(t: Trackside, name: str) -> None:
    for _ in range(20):
        task = asyncio.ensure_future(t.cache.increment(name))
        await asyncio.sleep(0)
        task.cancel()
    assert await t.cache.increment(name) <= 21
    assert await t.cache.has(name)


async def test_a_request_too_large_for_a_frame_goes_by_itself(t: Trackside, name: str) -> None:
    values = {f"{name}/{n}": b"x" * 1_048_000 for n in range(4)}
    values[f"{name}/4"] = b"x" * 1_500
    await t.cache.set_many(values)
    assert sum([1 async for _ in t.cache.keys(f"{name}/*")]) == 5


async def test_closing_ends_what_is_under_way(sidecar: Sidecar, name: str) -> None:
    t = Trackside(sidecar.address)
    waiting = asyncio.ensure_future(t.queue(name).pop(wait=60))
    await t.cache.has("x")
    await t.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await t.cache.has("x") is False  # It connects anew.
    await t.close()


async def test_closing_ends_what_waits_for_an_answer(sidecar: Sidecar, proxy: Proxy, name: str) -> None:
    t = Trackside(proxy.address)
    async with Trackside(sidecar.address) as direct, direct.lock(name):
        waiting = [asyncio.ensure_future(t.lock(name).__aenter__()) for _ in range(2)]
        while (await direct.locks.get(name)).waiting < 2:
            pass
        proxy.stall()
        calling = asyncio.ensure_future(t.stores())
        await asyncio.sleep(0.05)
        await t.close()
        for call in (*waiting, calling):
            with pytest.raises(asyncio.CancelledError):
                await call
    assert not t._caller.connections._by_loop, "what was closed has connected anew"


def test_one_client_serves_one_event_loop_after_the_other(sidecar: Sidecar, name: str) -> None:
    t = Trackside(sidecar.address)

    async def turn() -> int:
        return await t.cache.increment(name)

    assert [asyncio.run(turn()) for _ in range(3)] == [1, 2, 3]


async def test_a_sidecar_that_stops_says_so(start_sidecar: StartSidecar) -> None:
    sidecar = start_sidecar("memory:")
    async with Trackside(sidecar.address) as t:
        await t.cache.has("x")
        waiting = asyncio.ensure_future(t.queue("q").pop(wait=60))
        await asyncio.sleep(0.3)
        await t.cache.has("x")  # The sidecar has read this later than the other.
        sidecar.process.send_signal(signal.SIGTERM)
        with pytest.raises(ShuttingDown) as stopping:
            await waiting
        assert stopping.value.retry_delay is not None and stopping.value.retry_delay > 0
