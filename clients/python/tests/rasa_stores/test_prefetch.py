"""The first reading within a lock comes with the lock, where nothing else could be read."""

from __future__ import annotations

import asyncio
from typing import List, Optional

import pytest
from conftest import StartSidecar
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered

from rasa_stores.fixtures import LockStores, Stores, heard, log_of, said, say, session_start, talk
from trackside import FenceStale
from trackside.rasa import LockStore, TrackerStore
from trackside.rasa.dump import to_new_event


def readings(store: TrackerStore) -> List[str]:
    """The calls of the store's that read the current session, from now on."""
    calls: List[str] = []
    call = store.client._caller.call

    async def count(method, request, *args):  # type: ignore[no-untyped-def]
        if "GetTracker" in method.path:
            calls.append(request.conversation_id)
        return await call(method, request, *args)

    store.client._caller.call = count  # type: ignore[method-assign]
    return calls


async def texts(store: TrackerStore, conversation: str) -> List[str]:
    """What a reading finds that was said."""
    tracker = await store.retrieve(conversation)
    dumps = [event.as_dict() for event in tracker.events] if tracker else []
    return [dump["text"] for dump in dumps if "text" in dump]


async def write(store: TrackerStore, conversation: str, text: str) -> None:
    """Appends a message without any of the stores' knowledge."""
    await store.client.tracker(conversation).append([to_new_event(UserUttered(text))])


async def fence_of(store: TrackerStore, conversation: str) -> Optional[int]:
    """The highest fence that the conversation was read or written by."""
    info = await store.client.tracker(conversation).info()
    assert info
    return info.highest_fence


async def test_a_turn_reads_without_a_call(store: TrackerStore, locks: LockStore, conversation: str) -> None:
    calls = readings(store)
    for n in range(4):
        async with locks.lock(conversation) as lock:
            tracker = await talk(store, conversation, str(n))
            assert await fence_of(store, conversation) == lock.fence
    assert not calls
    assert await said(store, conversation) == heard("0", "1", "2", "3")
    assert len(tracker.events) == 19


async def test_it_transfers_only_what_is_new(
    stores: Stores, lock_stores: LockStores, conversation: str
) -> None:
    other, locks = stores(), lock_stores()
    store = stores()
    await talk(store, conversation, *(str(n) for n in range(10)))
    transferred = []
    for text in ("new", "newer"):
        async with locks.lock(conversation) as lock:
            came = lock._holding.tracker
            assert came is not None
            transferred.append(len(came.tracker.events))
            assert len(await texts(store, conversation)) == 20 + 2 * len(transferred[1:])
        await talk(other, conversation, text)
    async with locks.lock(conversation):
        await store.client.tracker(conversation).redact([4, 6])
    async with locks.lock(conversation):
        assert await texts(store, conversation) == heard(*(str(n) for n in range(1, 10)), "new", "newer")
    assert transferred == [43, 4]


async def test_it_is_used_once(store: TrackerStore, locks: LockStore, conversation: str) -> None:
    calls = readings(store)
    async with locks.lock(conversation):
        await store.retrieve(conversation)
        await talk(store, conversation, "one")
        assert await texts(store, conversation) == heard("one")
    assert len(calls) == 2


async def test_it_is_not_used_behind_anything_that_was_done_within_the_lock(
    store: TrackerStore, locks: LockStore, conversation: str
) -> None:
    tracker = await talk(store, conversation, "one")
    calls = readings(store)
    async with locks.lock(conversation):
        say(tracker, "two")
        await store.save(tracker)
        assert await texts(store, conversation) == heard("one", "two")
    async with locks.lock(conversation):
        assert await store.exists(conversation)
        await write(store, conversation, "three")
        assert await texts(store, conversation) == [*heard("one", "two"), "three"]
    async with locks.lock(conversation):
        full = await store.retrieve_full_tracker(conversation)
        await write(store, conversation, "four")
        assert full and await texts(store, conversation) == [*heard("one", "two"), "three", "four"]
    async with locks.lock(conversation):
        await store.delete(conversation)
        assert await store.retrieve(conversation) is None
    assert len(calls) == 5


async def test_all_sessions_are_not_what_came(
    store: TrackerStore, locks: LockStore, conversation: str
) -> None:
    await talk(store, conversation, "one")
    async with locks.lock(conversation):
        tracker = await store.retrieve(conversation)
        assert tracker
    tracker.update_with_events(session_start(), None)
    await store.save(tracker)
    async with locks.lock(conversation):
        full = await store.retrieve_full_tracker(conversation)
        assert full and len(full.events) == 10
        session = await store.retrieve(conversation)
        assert session and len(session.events) == 3


async def test_only_the_locks_own_context_uses_it(
    stores: Stores, locks: LockStore, conversation: str
) -> None:
    other, store = stores(), stores()
    await talk(store, conversation, "one")
    await store.retrieve(conversation)
    await talk(other, conversation, "two")
    calls = readings(store)
    asked = asyncio.Event()

    async def elsewhere() -> List[str]:
        await asked.wait()
        await talk(other, conversation, "three")
        return await texts(store, conversation)

    begun_before = asyncio.ensure_future(elsewhere())
    async with locks.lock(conversation):
        asked.set()
        assert await begun_before == heard("one", "two", "three") and len(calls) == 1
        assert await texts(store, f"{conversation}/other") == [] and len(calls) == 2
        begun_within = asyncio.ensure_future(texts(store, conversation))
        assert await begun_within == heard("one", "two") and len(calls) == 2
        assert await texts(store, conversation) == heard("one", "two", "three") and len(calls) == 3


async def test_a_lost_lock_brings_nothing(stores: Stores, lock_stores: LockStores, conversation: str) -> None:
    others, other = lock_stores(), stores()
    locks, store = lock_stores(), stores()
    await talk(store, conversation, "one")

    async def next_holder() -> None:
        async with others.lock(conversation):
            await talk(other, conversation, "two")

    async with locks.lock(conversation) as lock:
        others.delete_lock(conversation)
        await asyncio.wait_for(lock.lost.wait(), 30)
        await asyncio.ensure_future(next_holder())
        with pytest.raises(FenceStale):
            await store.retrieve(conversation)


async def test_after_the_lock_it_is_gone(store: TrackerStore, locks: LockStore, conversation: str) -> None:
    await talk(store, conversation, "one")
    async with locks.lock(conversation):
        pass
    await write(store, conversation, "two")
    assert await texts(store, conversation) == [*heard("one"), "two"]


async def test_a_store_that_it_was_not_read_for_reads_itself(
    stores: Stores, locks: LockStore, conversation: str
) -> None:
    first, last = stores(), stores()
    await talk(first, conversation, "one")
    calls = readings(first)
    async with locks.lock(conversation):
        assert await texts(first, conversation) == heard("one") and len(calls) == 1
    await last.retrieve(conversation)


async def test_another_sidecars_lock_brings_nothing(
    store: TrackerStore, lock_stores: LockStores, start_sidecar: StartSidecar, conversation: str
) -> None:
    elsewhere = start_sidecar("memory:")
    locks = lock_stores(elsewhere.address)
    there = TrackerStore(Domain.empty(), elsewhere.address)
    await talk(there, conversation, "elsewhere")
    await there.client.close()
    await talk(store, conversation, "here")
    async with locks.lock(conversation):
        assert await texts(store, conversation) == heard("here")


async def test_a_lock_store_beside_another_tracker_store_reads_nothing(
    start_sidecar: StartSidecar, lock_stores: LockStores, conversation: str
) -> None:
    sidecar = start_sidecar("memory:")
    locks = lock_stores(sidecar.address)
    store = TrackerStore(Domain.empty(), sidecar.address)
    await talk(store, conversation, "one")
    await store.client.close()
    del store
    memory = InMemoryTrackerStore(Domain.empty())
    async with locks.lock(conversation):
        assert await memory.retrieve(conversation) is None
    info = await locks.client.tracker(conversation).info()
    assert info and info.highest_fence is None


async def test_where_it_could_not_be_read_it_is_read_by_itself(
    store: TrackerStore, locks: LockStore, conversation: str
) -> None:
    await talk(store, conversation, "one")
    await store.client.tracker(conversation).get(fence=(1 << 53) - 1)
    calls = readings(store)
    async with locks.lock(conversation):
        with pytest.raises(FenceStale):
            await store.retrieve(conversation)
    assert len(calls) == 1
    await store.delete(conversation)


async def test_what_came_to_those_who_waited_is_what_the_one_before_left(
    stores: Stores, lock_stores: LockStores, conversation: str
) -> None:
    locks, store = lock_stores(), stores()
    calls = readings(store)
    seen: List[int] = []

    async def turn(n: int) -> None:
        async with locks.lock(conversation):
            tracker = await talk(store, conversation, str(n))
            seen.append(len(tracker.events))

    await asyncio.gather(*(turn(n) for n in range(20)))
    assert not calls and seen == [7 + 4 * n for n in range(20)]
    assert await said(store, conversation) == heard(*(str(n) for n in range(20)))
    assert len(await log_of(store, conversation)) == 83
