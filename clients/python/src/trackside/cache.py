"""Values with a time to live, which may be lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, AsyncIterator, Dict, Iterable, List, Literal, Mapping, Optional, Union

from trackside._transport import methods
from trackside._transport.caller import Caller, new_id
from trackside.times import Time, optional_duration, to_datetime, to_timestamp
from trackside.v1 import cache_service_pb2 as pb
from trackside.values import Stored, raw_of, to_value


@dataclass(frozen=True)
class Entry(Stored):
    """A value in the cache, and when it expires; None where it doesn't."""

    expire_time: Optional[datetime]


@dataclass(frozen=True)
class Equals:
    """Expects that a key's value is this one: of the same kind and the same to the letter, such as an Entry's
    `raw`."""

    value: Any


EntryCondition = Union[Literal["absent", "present"], Equals, None]
"""What must be true of a key for an entry to be written. None expects nothing."""


class Cache:
    """Values that may be lost, each under a key and until its expiry: `ttl` in seconds, or `expire_time`; by
    default they don't expire. A key is any text of 1 to 512 bytes."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def get(self, key: str) -> Optional[Entry]:
        """Reads an entry; None where there is none."""
        response = await self._caller.call(methods.get_entry, pb.GetEntryRequest(key=key))
        return _entry(response.entry) if response.HasField("entry") else None

    async def get_many(self, keys: Iterable[str]) -> Dict[str, Optional[Entry]]:
        """Reads the entries of 1 to 1,000 keys at one moment; those too large for one answer after it."""
        asked = list(keys)
        response = await self._caller.call(methods.batch_get_entries, pb.BatchGetEntriesRequest(keys=asked))
        found: Dict[str, Optional[Entry]] = {}
        for key, result in zip(asked, response.results):
            kind = result.WhichOneof("result")
            found[key] = (
                await self.get(key)
                if kind == "too_large"
                else _entry(result.entry)
                if kind == "entry"
                else None
            )
        return found

    async def set(
        self,
        key: str,
        value: object,
        *,
        ttl: Optional[float] = None,
        expire_time: Optional[Time] = None,
        expect: EntryCondition = None,
        request_id: Optional[str] = None,
    ) -> bool:
        """Writes an entry, at most 1 MiB: bytes, Json, or what becomes JSON. False where what is expected of
        the key does not hold."""
        request = _set_request(key, value, ttl, expire_time)
        request.request_id = request_id or new_id()
        if expect == "absent":
            request.absent.SetInParent()
        elif expect == "present":
            request.present.SetInParent()
        elif expect is not None:
            request.equals.CopyFrom(to_value(expect.value))
        return (await self._caller.call(methods.set_entry, request)).written

    async def set_many(
        self, values: Mapping[str, object], *, ttl: Optional[float] = None, expire_time: Optional[Time] = None
    ) -> None:
        """Writes 1 to 1,000 entries, 4 MiB in all, with one expiry."""
        requests = [_set_request(key, value, ttl, expire_time) for key, value in values.items()]
        for request in requests:
            request.request_id = new_id()
        await self._caller.call(methods.batch_set_entries, pb.BatchSetEntriesRequest(requests=requests))

    async def delete(self, key: str, *, request_id: Optional[str] = None) -> bool:
        """Removes an entry. False where there was none."""
        request = pb.DeleteEntryRequest(key=key, request_id=request_id or new_id())
        return (await self._caller.call(methods.delete_entry, request)).deleted

    async def delete_many(self, keys: Iterable[str]) -> List[bool]:
        """Removes the entries of 1 to 1,000 keys; tells for each whether there was one. Not repeated by
        itself."""
        request = pb.BatchDeleteEntriesRequest(keys=keys)
        return list((await self._caller.call(methods.batch_delete_entries, request)).deleted)

    async def has(self, key: str) -> bool:
        """Tells whether a key has an entry."""
        return (await self._caller.call(methods.has_entry, pb.HasEntryRequest(key=key))).exists

    async def increment(
        self,
        key: str,
        delta: int = 1,
        *,
        ttl: Optional[float] = None,
        expire_time: Optional[Time] = None,
        request_id: Optional[str] = None,
    ) -> int:
        """Adds to a whole number, in one step, and returns the sum. An absent entry counts as 0 and gets the
        expiry.

        Raises WrongKind where the value isn't a whole number, NumberOutOfRange beyond 64 bits.
        """
        request = pb.IncrementEntryRequest(
            key=key,
            delta=delta,
            ttl=optional_duration(ttl),
            expire_time=None if expire_time is None else to_timestamp(expire_time),
            request_id=request_id or new_id(),
        )
        return (await self._caller.call(methods.increment_entry, request)).value

    async def touch(
        self, key: str, *, ttl: Optional[float] = None, expire_time: Optional[Time] = None
    ) -> bool:
        """Sets an entry's expiry and leaves its value. False where there is no entry."""
        request = pb.TouchEntryRequest(
            key=key,
            ttl=optional_duration(ttl),
            expire_time=None if expire_time is None else to_timestamp(expire_time),
        )
        return (await self._caller.call(methods.touch_entry, request)).touched

    async def keys(self, pattern: str = "") -> AsyncIterator[str]:
        """Lists the keys that have entries, in the order of their bytes. In a pattern `*` stands for any
        characters, `?` for one, and a backslash takes the next one as it is."""
        request = pb.ListEntryKeysRequest(pattern=pattern, page_size=1_000)
        async for page in self._caller.pages(methods.list_entry_keys, request):
            for key in page.keys:
                yield key

    async def clear(self, prefix: str) -> int:
        """Removes the entries whose key begins so; tells how many. Not repeated by itself."""
        request = pb.ClearEntriesRequest(key_prefix=prefix)
        return (await self._caller.call(methods.clear_entries, request)).cleared

    async def clear_all(self) -> int:
        """Removes all entries; tells how many. Not repeated by itself."""
        request = pb.ClearEntriesRequest()
        request.all.SetInParent()
        return (await self._caller.call(methods.clear_entries, request)).cleared


def _set_request(
    key: str, value: object, ttl: Optional[float], expire_time: Optional[Time]
) -> pb.SetEntryRequest:
    return pb.SetEntryRequest(
        key=key,
        value=to_value(value),
        ttl=optional_duration(ttl),
        expire_time=None if expire_time is None else to_timestamp(expire_time),
    )


def _entry(message: pb.Entry) -> Entry:
    expire_time = to_datetime(message.expire_time) if message.HasField("expire_time") else None
    return Entry(raw_of(message.value), expire_time)
