from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

import pytest
from conftest import Sidecar

from trackside import Equals, Json, NumberOutOfRange, Trackside, TracksideError, VersionConflict, WrongKind


async def test_entries_come_back_as_they_were_written(t: Trackside, name: str) -> None:
    assert await t.cache.get(name) is None
    for value in ({"ü": [1, 2.5, None, True]}, "text", 12345678901234567890, None, b"\x00\xff", b""):
        assert await t.cache.set(name, value)
        entry = await t.cache.get(name)
        assert entry is not None and entry.value == value and entry.expire_time is None
    await t.cache.set(name, Json('{ "a": 1.0 }'))
    entry = await t.cache.get(name)
    assert entry is not None and entry.raw == '{ "a": 1.0 }' and entry.value == {"a": 1.0}


async def test_entries_expire(t: Trackside, name: str) -> None:
    await t.cache.set(name, 1, ttl=0.05)
    await asyncio.sleep(0.1)
    assert await t.cache.get(name) is None
    at = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=1)
    await t.cache.set(name, 1, expire_time=at)
    entry = await t.cache.get(name)
    assert entry is not None and entry.expire_time == at
    assert await t.cache.touch(name)
    entry = await t.cache.get(name)
    assert entry is not None and entry.expire_time is None
    assert await t.cache.touch(name + "x", ttl=1) is False


async def test_entries_are_written_on_conditions(t: Trackside, name: str) -> None:
    assert await t.cache.set(name, 1, expect="present") is False
    assert await t.cache.set(name, 1, expect="absent") is True
    assert await t.cache.set(name, 2, expect="absent") is False
    assert await t.cache.set(name, 2, expect=Equals(2)) is False
    assert await t.cache.set(name, 2, expect=Equals(1)) is True
    assert await t.cache.set(name, 3, expect="present") is True


async def test_many_entries(t: Trackside, name: str) -> None:
    await t.cache.set_many({f"{name}/{n}": n for n in range(3)}, ttl=60)
    found = await t.cache.get_many([f"{name}/0", f"{name}/9", f"{name}/2"])
    assert [entry and entry.value for entry in found.values()] == [0, None, 2]
    assert [key[-1] async for key in t.cache.keys(f"{name}/*")] == ["0", "1", "2"]
    assert await t.cache.delete_many([f"{name}/0", f"{name}/9"]) == [True, False]
    assert await t.cache.clear(f"{name}/") == 2
    assert await t.cache.has(f"{name}/1") is False


async def test_entries_too_large_for_one_answer_are_read_too(t: Trackside, name: str) -> None:
    keys = [f"{name}/{n}" for n in range(4)]
    for n, key in enumerate(keys):
        await t.cache.set(key, bytes([n]) * 1_000_000)
        await t.records.set(key, bytes([n]) * 1_000_000)
    entries, records = await t.cache.get_many(keys), await t.records.get_many(keys)
    for n, key in enumerate(keys):
        entry, record = entries[key], records[key]
        assert entry is not None and record is not None
        assert entry.value == record.value == bytes([n]) * 1_000_000


async def test_numbers_are_added_to(t: Trackside, name: str) -> None:
    assert await t.cache.increment(name) == 1
    assert await t.cache.increment(name, 41, request_id=name) == 42
    assert await t.cache.increment(name, 41, request_id=name) == 42
    with pytest.raises(NumberOutOfRange):
        await t.cache.increment(name, 2**63 - 1)
    await t.cache.set(name, "x")
    with pytest.raises(WrongKind):
        await t.cache.increment(name)
    assert (await t.cache.delete(name), await t.cache.delete(name)) == (True, False)


async def test_records_have_versions(t: Trackside, name: str) -> None:
    assert await t.records.get(name) is None
    first = await t.records.set(name, {"n": 1}, expect="absent")
    second = await t.records.set(name, {"n": 2}, expect=first)
    record = await t.records.get(name)
    assert record is not None and (record.value, record.version) == ({"n": 2}, second) and second > first
    with pytest.raises(VersionConflict) as conflict:
        await t.records.set(name, 3, expect=first)
    assert (conflict.value.expected, conflict.value.actual) == (str(first), second)
    with pytest.raises(VersionConflict):
        await t.records.set(name, 3, expect="absent")
    await t.records.set(name, 3, expect="present")
    with pytest.raises(VersionConflict):
        await t.records.delete(name, version=first)
    assert (await t.records.delete(name), await t.records.delete(name)) == (True, False)


async def test_lists_are_appended_to_and_read_by_index(t: Trackside, name: str) -> None:
    await t.records.append(name, [0, b"1"])
    end = await t.records.append(name, range(2, 2_500 - 1_498), request_id=name)
    assert (await t.records.append(name, range(2, 1_002), request_id=name)) == end
    assert (end.first_index, end.count, await t.records.count(name)) == (2, 1_002, 1_002)
    assert [item.value async for item in t.records.items(name)] == [0, b"1", *range(2, 1_002)]
    assert [(i.index, i.value) async for i in t.records.items(name, -2)] == [(1_000, 1_000), (1_001, 1_001)]
    assert [item.value async for item in t.records.items(name, 1, 2)] == [b"1", 2]
    with pytest.raises(WrongKind):
        await t.records.get(name)
    with pytest.raises(WrongKind):
        await t.records.get_many([name])


async def test_many_records(t: Trackside, name: str) -> None:
    await t.records.append(f"{name}/list", [1])
    written = await t.records.set_many({f"{name}/a": 1, f"{name}/list": 2, f"{name}/b": 3})
    assert isinstance(written[f"{name}/list"], WrongKind)
    assert all(not isinstance(written[f"{name}/{key}"], TracksideError) for key in "ab")
    found = await t.records.get_many([f"{name}/b", f"{name}/c"])
    assert [record and record.value for record in found.values()] == [3, None]
    assert [key async for key in t.records.keys(f"{name}/?")] == [f"{name}/a", f"{name}/b"]
    assert await t.records.clear(f"{name}/") == 3 and not await t.records.has(f"{name}/a")


async def test_stores_are_described(t: Trackside, sidecar: Sidecar) -> None:
    (store,) = [store for store in await t.stores() if "record" in store.services]
    assert store.engine in ("memory", "sqlite") and store.warnings == ()
    assert store.location and store.durability


async def test_everything_can_be_cleared(t: Trackside, name: str) -> None:
    await t.cache.set(name, 1)
    await t.records.set(name, 1)
    assert await t.cache.clear_all() >= 1 and await t.records.clear_all() >= 1
    assert [key async for key in t.cache.keys()] == [key async for key in t.records.keys()] == []


async def test_what_json_does_not_know_is_refused(t: Trackside, name: str) -> None:
    with pytest.raises(TypeError):
        await t.cache.set(name, object())
    with pytest.raises(ValueError):
        await t.records.set(name, float("inf"))
