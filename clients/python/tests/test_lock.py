from __future__ import annotations

import asyncio
import signal
import sys
import time
from typing import List

import grpc
import pytest
from conftest import Sidecar, StartSidecar
from proxy import Proxy

from trackside import (
    FenceStale,
    LeaseLost,
    Lock,
    LockLost,
    LockTaken,
    LockTimeout,
    NewEvent,
    Trackside,
    Unavailable,
    WrongKind,
)


async def test_a_lock_is_held_while_the_body_runs(t: Trackside, name: str) -> None:
    async with t.lock(name, owner="me") as lock:
        state = await t.locks.get(name)
        assert state.holder is not None
        assert (state.holder.owner, state.holder.kind) == ("me", "stream")
        assert (state.holder.fence, state.holder.ticket) == (lock.fence, lock.ticket)
        assert (lock.lock_id, lock.lost.is_set(), lock.cause) == (name, False, None)
    after = await t.locks.get(name)
    assert (after.holder, after.waiting, after.waiters) == (None, 0, [])


async def test_bodies_run_one_at_a_time_in_order_each_with_a_higher_fence(t: Trackside, name: str) -> None:
    inside, order, fences = 0, [], []

    async def turn(number: int) -> None:
        nonlocal inside
        async with t.lock(name) as lock:
            inside += 1
            assert inside == 1
            order.append(number)
            fences.append(lock.fence)
            await asyncio.sleep(0.01)
            inside -= 1

    turns = []
    async with t.lock(name):
        for number in range(10):
            turns.append(asyncio.ensure_future(turn(number)))
            while (await t.locks.get(name)).waiting <= number:
                await asyncio.sleep(0)
    await asyncio.gather(*turns)
    assert order == list(range(10))
    assert fences == sorted(set(fences))


async def holders_in_order(t: Trackside, lock_id: str, pause: float) -> List[int]:
    """Starts 50 holders, a pause after each, and tells in which order they got the lock."""
    order: List[int] = []

    async def turn(number: int) -> None:
        async with t.lock(lock_id):
            order.append(number)

    turns = []
    for number in range(50):
        turns.append(asyncio.ensure_future(turn(number)))
        if pause:
            await asyncio.sleep(pause)
    await asyncio.gather(*turns)
    return order


@pytest.mark.parametrize("pause", [0, 0.000_5])
async def test_holders_get_the_lock_in_order_on_a_client_that_still_connects(
    sidecar: Sidecar, name: str, pause: float
) -> None:
    for attempt in range(10):
        async with Trackside(sidecar.address) as t:
            assert await holders_in_order(t, f"{name}/{attempt}", pause) == list(range(50))


@pytest.mark.parametrize("pause", [0, 0.000_5])
async def test_holders_get_the_lock_in_order_on_a_client_that_connects_anew(
    proxy: Proxy, name: str, pause: float
) -> None:
    async with Trackside(proxy.address) as t:
        await t.cache.has("x")
        channel = t._caller.connection.channel
        for attempt in range(5):
            proxy.cut()
            while channel.get_state() is grpc.ChannelConnectivity.READY:
                await asyncio.sleep(0.001)
            assert await holders_in_order(t, f"{name}/{attempt}", pause) == list(range(50))


async def test_the_body_may_fail_and_the_lock_is_free(t: Trackside, name: str) -> None:
    with pytest.raises(ZeroDivisionError):
        async with t.lock(name):
            raise ZeroDivisionError
    assert (await t.locks.get(name)).holder is None


async def test_a_lock_object_can_be_held_again(t: Trackside, name: str) -> None:
    lock = t.lock(name)
    async with lock:
        first = lock.fence
    async with lock:
        assert lock.fence > first


async def test_waiting_has_an_end(t: Trackside, name: str) -> None:
    async with t.lock(name):
        began = time.monotonic()
        with pytest.raises(LockTimeout, match="still taken"):
            async with t.lock(name, wait=0.1):
                raise AssertionError("it was granted")
        assert 0.09 < time.monotonic() - began < 5
        with pytest.raises(LockTimeout):
            async with t.lock(name, wait=0):
                raise AssertionError("it was granted")


async def test_not_to_wait_is_told_who_holds(t: Trackside, name: str) -> None:
    async with t.lock(name, owner="me"):
        with pytest.raises(LockTaken) as taken:
            async with t.lock(name, when_taken="reject"):
                raise AssertionError("it was granted")
        assert taken.value.metadata["owner"] == "me"


@pytest.mark.parametrize("pipeline", [True, False])
async def test_who_gives_up_waiting_leaves_no_ticket(sidecar: Sidecar, name: str, pipeline: bool) -> None:
    gone: List[asyncio.Future[Lock]] = []
    async with Trackside(sidecar.address, pipeline=pipeline) as t, t.lock(name):
        for _ in range(30):
            waiting = asyncio.ensure_future(t.lock(name).__aenter__())
            while not (await t.locks.get(name)).waiters:
                pass
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            gone.append(waiting)  # Lest it ends for want of references.
            while (await t.locks.get(name)).waiters:
                await asyncio.sleep(0.001)


async def test_who_gives_up_at_once_has_asked_first(sidecar: Sidecar, name: str) -> None:
    """A stream that gRPC resets before it has opened it costs the connection, and all that is held on it."""
    seen = 0
    async with Trackside(sidecar.address, pipeline=False) as t, t.lock(name):
        for _ in range(40):
            waiting = asyncio.ensure_future(t.lock(name).__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            seen += len((await t.locks.get(name)).waiters)
        while (await t.locks.get(name)).waiters:
            await asyncio.sleep(0.01)
    assert seen


async def test_the_holder_hears_that_somebody_asks(t: Trackside, name: str) -> None:
    async def interrupt() -> None:
        async with t.lock(name, when_taken="interrupt"):
            pass

    async with t.lock(name) as lock:
        assert not lock.interrupted.is_set()
        other = asyncio.ensure_future(interrupt())
        await asyncio.wait_for(lock.interrupted.wait(), 30)
        assert not lock.lost.is_set()
    await asyncio.wait_for(other, 30)


async def test_a_lost_lock_cancels_the_body_and_raises_lock_lost(t: Trackside, name: str) -> None:
    reached = False
    with pytest.raises(LockLost) as lost:
        async with t.lock(name) as lock:
            assert await t.locks.delete(name, fence=lock.fence)
            await asyncio.sleep(30)
            reached = True
    assert not reached
    assert (lost.value.cause, lost.value.metadata["fence"]) == ("deleted", str(lock.fence))
    assert isinstance(lost.value, LeaseLost) and isinstance(lost.value.__cause__, asyncio.CancelledError)
    await asyncio.sleep(0)  # The task goes on as if it had never been cancelled.
    if sys.version_info >= (3, 11):
        task = asyncio.current_task()
        assert task is not None and task.cancelling() == 0


async def test_a_body_that_did_not_notice_the_loss_raises_too(t: Trackside, name: str) -> None:
    with pytest.raises(LockLost, match="deleted"):
        async with t.lock(name) as lock:
            try:
                await t.locks.delete(name)
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                assert lock.lost.is_set()
    await asyncio.sleep(0)


async def test_a_bodys_own_failure_is_not_hidden_by_the_loss(t: Trackside, name: str) -> None:
    with pytest.raises(ZeroDivisionError):
        async with t.lock(name):
            try:
                await t.locks.delete(name)
                await asyncio.sleep(30)
            finally:
                raise ZeroDivisionError
    await asyncio.sleep(0)


async def test_somebody_elses_cancellation_stays_one(t: Trackside, name: str) -> None:
    held = asyncio.Event()

    async def body() -> None:
        async with t.lock(name):
            held.set()
            await asyncio.sleep(30)

    task = asyncio.ensure_future(body())
    await held.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await t.locks.get(name)).holder is None


async def test_without_cancelling_the_body_looks_itself(t: Trackside, name: str) -> None:
    async with t.lock(name, cancel=False, lifetime=0.1) as lock:
        await asyncio.wait_for(lock.lost.wait(), 30)
        assert lock.cause == "expired"
        with pytest.raises(LeaseLost):
            await t.locks.release(name, lock.fence)


async def test_a_lost_lock_s_fence_is_refused_once_the_next_holder_has_read(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    async with t.lock(name, cancel=False) as slow:
        await t.locks.delete(name)
        async with t.lock(name) as quick:
            await tracker.get(fence=quick.fence)
            with pytest.raises(FenceStale):
                await tracker.append([NewEvent("bot", "{}")], fence=slow.fence)


async def test_many_locks_on_one_connection_do_not_wear_it_out(proxy: Proxy, name: str) -> None:
    """A server of Node's cuts a connection off on which some 1,000 streams were cancelled."""
    async with Trackside(proxy.address) as t:
        await t.cache.has("x")
        connections = proxy.connections

        async def turns(worker: int) -> None:
            for _ in range(60):
                async with t.lock(f"{name}/{worker}"):
                    pass

        await asyncio.gather(*(turns(worker) for worker in range(20)))
    assert proxy.connections == connections


async def test_many_waits_given_up_on_one_connection_do_not_wear_it_out(proxy: Proxy, name: str) -> None:
    async with Trackside(proxy.address) as t:
        await t.cache.has("x")
        connections = proxy.connections
        async with t.lock(name):
            for _ in range(30):
                waiting = [asyncio.ensure_future(t.lock(name).__aenter__()) for _ in range(50)]
                while not (await t.locks.get(name)).waiting:
                    pass
                for waiter in waiting:
                    waiter.cancel()
                await asyncio.wait(waiting)
            while (await t.locks.get(name)).waiters:
                await asyncio.sleep(0.01)
    assert proxy.connections == connections


async def test_holdings_take_no_place_of_calls(start_sidecar: StartSidecar) -> None:
    sidecar = start_sidecar("memory:", env={"TRACKSIDE_LIMITS_PIPELINE_CALLS": "2"})
    async with Trackside(sidecar.address, timeout=5) as t:
        held = [t.lock(str(n % 10)) for n in range(20)]
        entering = [asyncio.ensure_future(lock.__aenter__()) for lock in held]
        await asyncio.gather(*entering[:10])
        assert await asyncio.gather(*(t.cache.increment("x") for _ in range(50)))
        assert not any(waiting.done() for waiting in entering[10:])
        for lock, entered in zip(held, entering):
            await asyncio.wait_for(entered, 5)
            await lock.__aexit__(None, None, None)
        assert await t.cache.increment("x") == 51


async def test_nobody_waits_for_the_release_who_does_not_want_to(proxy: Proxy, name: str) -> None:
    async with Trackside(proxy.address) as t:
        async with t.lock(name, await_release=False) as lock:
            pass
        async with t.lock(name, wait=5, await_release=False) as after:
            assert after.fence > lock.fence
            proxy.stall()
            began = time.monotonic()
        assert time.monotonic() - began < 1


async def test_a_release_is_not_lost_where_the_client_is_closed_behind_it(t: Trackside, name: str) -> None:
    async with Trackside(t.address) as other:
        async with other.lock(name, await_release=False):
            await other.stores()
    async with t.lock(name, wait=5):
        await asyncio.sleep(0.3)
    assert not other._caller.connections._by_loop, "what was closed has connected anew"


async def test_a_release_is_not_lost_where_the_loop_ends_behind_it(t: Trackside, name: str) -> None:
    other = Trackside(t.address)

    async def hold() -> None:
        async with other.lock(name, await_release=False):
            pass

    await asyncio.get_running_loop().run_in_executor(None, asyncio.run, hold())
    async with t.lock(name, wait=5):
        pass


async def test_a_lock_is_lost_with_its_connection(proxy: Proxy, name: str) -> None:
    async with Trackside(proxy.address) as t:
        with pytest.raises(LockLost) as lost:
            async with t.lock(name):
                proxy.cut()
                await asyncio.sleep(30)
        assert lost.value.cause == "released"
        async with t.lock(name):
            pass


@pytest.mark.parametrize("pipeline", [True, False])
async def test_who_was_granted_the_lock_unheard_gets_it_anew(proxy: Proxy, name: str, pipeline: bool) -> None:
    async with Trackside(proxy.address, pipeline=pipeline) as t:
        await t.locks.get(name)
        proxy.swallow_answers()
        async with t.lock(name, wait=5):
            pass
    assert proxy.swallowed == 1


async def test_who_waited_long_waits_on_after_the_connection_broke(
    sidecar: Sidecar, proxy: Proxy, name: str
) -> None:
    async with Trackside(sidecar.address) as direct, Trackside(proxy.address, timeout=0.3) as t:
        async with direct.lock(name):
            waiting = asyncio.ensure_future(t.lock(name).__aenter__())
            while not (await direct.locks.get(name)).waiters:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)
            proxy.cut()
            while proxy.connections == 1 and not waiting.done():
                await asyncio.sleep(0.01)
        lock = await waiting
        await lock.__aexit__(None, None, None)


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
async def test_a_holding_and_the_line_outlive_a_restart_of_the_sidecar(
    start_sidecar: StartSidecar, by: signal.Signals
) -> None:
    sidecar = start_sidecar(env={"TRACKSIDE_LOCK_LEASE": "30s"})
    order = []

    async def wait_in_line(t: Trackside) -> None:
        async with t.lock("alice") as lock:
            order.append(lock.fence)

    async with Trackside(sidecar.address) as t:
        async with t.lock("alice") as lock:
            waiting = asyncio.ensure_future(wait_in_line(t))
            while not (await t.locks.get("alice")).waiters:
                await asyncio.sleep(0.01)
            sidecar.kill(by)
            sidecar.start()
            while not (await t.locks.get("alice")).waiters:
                await asyncio.sleep(0.01)
            holder = (await t.locks.get("alice")).holder
            assert holder is not None and holder.fence == lock.fence
            await t.tracker("alice").append([NewEvent("bot", "{}")], fence=lock.fence)
            assert not lock.lost.is_set() and not order
        await asyncio.wait_for(waiting, 30)
        assert order[0] > lock.fence


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
async def test_all_holdings_of_a_client_outlive_a_restart_of_the_sidecar(
    start_sidecar: StartSidecar, by: signal.Signals
) -> None:
    sidecar = start_sidecar(env={"TRACKSIDE_LOCK_LEASE": "30s"})
    async with Trackside(sidecar.address) as t:
        locks = [t.lock(str(n)) for n in range(50)]
        for lock in locks:
            await lock.__aenter__()
        sidecar.kill(by)
        sidecar.start()
        for lock in locks:
            state = await t.locks.get(lock.lock_id)
            while state.holder is None:
                state = await t.locks.get(lock.lock_id)
            assert state.holder.fence == lock.fence and not lock.lost.is_set()
        await asyncio.sleep(2)
        for lock in locks:
            await lock.__aexit__(None, None, None)
            assert lock.cause == "released" and not lock.lost.is_set()


async def test_a_lock_is_lost_when_its_sidecar_stays_away(start_sidecar: StartSidecar) -> None:
    sidecar = start_sidecar(env={"TRACKSIDE_LOCK_LEASE": "5s"})
    began = 0.0
    async with Trackside(sidecar.address, timeout=0.5) as t:
        with pytest.raises(LockLost) as lost:
            async with t.lock("alice"):
                sidecar.kill()
                began = time.monotonic()
                await asyncio.sleep(30)
        assert time.monotonic() - began < 5
        assert lost.value.cause == "uncertain"


async def test_a_sidecar_that_cannot_be_reached_is_told_after_the_timeout() -> None:
    began = time.monotonic()
    async with Trackside("127.0.0.1:9", timeout=0.5) as t:
        with pytest.raises(Unavailable):
            async with t.lock("alice"):
                raise AssertionError("it was granted")
    assert 0.5 <= time.monotonic() - began < 10


async def test_leases_are_acquired_renewed_and_released(t: Trackside, name: str) -> None:
    grant = await t.locks.acquire(name, lifetime=50, owner="me", request_id="r")
    assert grant is not None and 40 < grant.remaining <= 50
    again = await t.locks.acquire(name, lifetime=50, owner="me", request_id="r")
    assert again is not None and again.fence == grant.fence
    assert await t.locks.acquire(name, wait=0.05) is None
    renewal = await t.locks.renew(name, grant.fence, lifetime=100)
    assert 90 < renewal.remaining <= 100 and (renewal.interrupted, renewal.waiting) == (False, 0)
    assert [(s.lock_id, s.holder and s.holder.kind) async for s in t.locks.list(name)] == [(name, "lease")]
    await t.locks.release(name, grant.fence)
    with pytest.raises(LeaseLost) as lost:
        await t.locks.renew(name, grant.fence)
    assert lost.value.cause == "released"
    assert await t.locks.delete(name) is False


async def test_a_held_locks_lifetime_is_not_for_renew(t: Trackside, name: str) -> None:
    async with t.lock(name) as lock:
        with pytest.raises(WrongKind):
            await t.locks.renew(name, lock.fence)


def test_a_lock_is_not_made_by_calling_anything() -> None:
    assert isinstance(Trackside("127.0.0.1:9").lock("alice"), Lock)
