"""A conversation that is read with its lock."""

from __future__ import annotations

import asyncio
from typing import List

import pytest
from conftest import Sidecar, StartSidecar

from trackside import FenceStale, LockLost, NewEvent, Snapshot, Trackside


def hi(text: str = "hi") -> NewEvent:
    return NewEvent("user", {"event": "user", "text": text})


def texts(snapshot: Snapshot) -> List[str]:
    return [event.json()["text"] for event in snapshot.events]


def readings(t: Trackside) -> List[int]:
    """How many events each answer to GetTracker has, from now on."""
    transferred: List[int] = []
    call = t._caller.call

    async def count(method, request, *args):  # type: ignore[no-untyped-def]
        response = await call(method, request, *args)
        if hasattr(response, "tracker"):
            transferred.append(len(response.tracker.events))
        return response

    t._caller.call = count  # type: ignore[method-assign]
    return transferred


@pytest.mark.parametrize("pipeline", [True, False])
async def test_a_lock_brings_its_conversation_along(sidecar: Sidecar, name: str, pipeline: bool) -> None:
    async with Trackside(sidecar.address, pipeline=pipeline) as t:
        tracker = t.tracker(name)
        await tracker.append([hi("one"), hi("two")])
        read = readings(t)
        async with t.lock(name, read=tracker.query(state=True)) as lock:
            snapshot = await lock.snapshot()
            assert await lock.snapshot() is snapshot and not read
            assert snapshot == await tracker.get(state=True, fence=lock.fence)
            assert texts(snapshot) == ["one", "two"] and snapshot.state is not None
            await tracker.append([hi("three")], expect=snapshot.sequence, fence=lock.fence)


async def test_it_is_read_by_the_locks_fence_as_the_lock_is_granted(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    async with t.lock(name, cancel=False) as slow:
        await tracker.append([hi("one")], fence=slow.fence)
        await t.locks.delete(name)
        async with t.lock(name, read=tracker.query()) as quick:
            with pytest.raises(FenceStale):
                await tracker.append([hi("too late")], fence=slow.fence)
            await tracker.append([hi("two")], fence=quick.fence)
            assert texts(await quick.snapshot()) == ["one"]


async def test_a_conversation_without_events_comes_too(t: Trackside, name: str) -> None:
    read = readings(t)
    async with t.lock(name, read=t.tracker(name).query()) as lock:
        assert (await lock.snapshot()).sequence == 0 and not read


async def test_a_lock_object_that_is_held_again_reads_again(t: Trackside, name: str) -> None:
    lock = t.lock(name, read=t.tracker(name).query())
    for count in range(3):
        async with lock:
            assert len((await lock.snapshot()).events) == count
        await t.tracker(name).append([hi()])


async def test_what_is_known_is_not_transferred_again(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    await tracker.append([hi("one"), hi("two")])
    known = await tracker.get()
    await tracker.append([hi("three")])
    async with t.lock(name, read=tracker.query(known=known)) as lock:
        snapshot = await lock.snapshot()
        assert snapshot.continued and texts(snapshot) == ["one", "two", "three"]
        assert lock._holding.tracker is not None and len(lock._holding.tracker.tracker.events) == 1
        await tracker.redact([1])
    async with t.lock(name, read=tracker.query(known=snapshot)) as lock:
        assert texts(await lock.snapshot()) == ["two", "three"]


async def test_what_does_not_fit_into_the_grant_is_read_behind_it(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    for n in range(10):
        await tracker.append([hi(f"{n}" + "x" * 900_000)])
    read = readings(t)
    async with t.lock(name, read=tracker.query()) as lock:
        snapshot = await lock.snapshot()
        assert [text[0] for text in texts(snapshot)] == [str(n) for n in range(10)]
        assert 0 < sum(read) < 10


async def test_a_reading_that_failed_is_made_again_and_says_why(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    await tracker.append([hi()])
    await tracker.get(fence=(1 << 53) - 1)
    async with t.lock(name, read=tracker.query()) as lock:
        with pytest.raises(FenceStale):
            await lock.snapshot()
        await tracker.delete()


async def test_a_lock_may_be_lost_while_its_conversation_is_read(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    for _ in range(10):
        await tracker.append([hi()] * 1_000)
    entered = 0

    async def hold() -> None:
        nonlocal entered
        async with t.lock(name, read=tracker.query(max_events=1, state=True)):
            entered += 1
            await asyncio.sleep(30)

    for _ in range(10):
        holding = asyncio.ensure_future(hold())
        while not await t.locks.delete(name):
            pass
        with pytest.raises(LockLost, match="deleted"):
            await asyncio.wait_for(holding, 10)
    assert entered < 10


async def test_what_was_not_asked_for_is_not_read(t: Trackside, name: str) -> None:
    await t.tracker(name).append([hi()])
    async with t.lock(name) as lock:
        with pytest.raises(ValueError, match="read="):
            await lock.snapshot()
    conversation = await t.tracker(name).info()
    assert conversation is not None and conversation.highest_fence is None


async def test_it_stays_what_it_was_where_the_holding_is_taken_up_again(start_sidecar: StartSidecar) -> None:
    sidecar = start_sidecar(env={"TRACKSIDE_LOCK_LEASE": "30s"})
    async with Trackside(sidecar.address) as t:
        await t.tracker("alice").append([hi("one")])
        async with t.lock("alice", read=t.tracker("alice").query()) as lock:
            sidecar.kill()
            sidecar.start()
            await t.tracker("alice").append([hi("two")], fence=lock.fence)
            assert texts(await lock.snapshot()) == ["one"]


def test_a_query_calls_nothing() -> None:
    t = Trackside("127.0.0.1:9")
    assert t.lock("alice", read=t.tracker("alice").query(state=True)).lock_id == "alice"
