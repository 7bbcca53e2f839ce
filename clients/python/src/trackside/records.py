"""Durable values and lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import AsyncIterator, Dict, Iterable, Literal, Mapping, Optional, Union

from trackside._transport import methods
from trackside._transport.caller import Caller, new_id
from trackside.errors import NotFound, TracksideError, WrongKind, error_of_status
from trackside.times import to_datetime
from trackside.v1 import record_service_pb2 as pb
from trackside.values import Stored, raw_of, to_value


@dataclass(frozen=True)
class Record(Stored):
    """A durable value. `version` is that of its last write: a number above 0 that its key is never given
    again."""

    version: int
    update_time: datetime


@dataclass(frozen=True)
class Item(Stored):
    """An item of a list; `index` counts from 0."""

    index: int


@dataclass(frozen=True)
class ListEnd:
    """What a list has after items were appended: the first one's index, how many there are, and the list's
    version."""

    first_index: int
    count: int
    version: int


RecordCondition = Union[int, Literal["absent", "present"], None]
"""What must be true of a key for a record to be written: its version, that it has no record, or has one. None
expects nothing."""


class Records:
    """Values and lists that must outlive the cache: under each key one value, or one list. A key is any text
    of 1 to 512 bytes. A call about a value raises WrongKind where the key has a list, and the other way
    round."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def get(self, key: str) -> Optional[Record]:
        """Reads a value; None where there is none."""
        try:
            response = await self._caller.call(methods.get_record, pb.GetRecordRequest(key=key))
        except NotFound:
            return None
        return _record(response.record)

    async def get_many(self, keys: Iterable[str]) -> Dict[str, Optional[Record]]:
        """Reads the values of 1 to 1,000 keys at one moment; those too large for one answer after it. Raises
        WrongKind where a key has a list."""
        asked = list(keys)
        response = await self._caller.call(methods.batch_get_records, pb.BatchGetRecordsRequest(keys=asked))
        found: Dict[str, Optional[Record]] = {}
        for key, result in zip(asked, response.results):
            kind = result.WhichOneof("result")
            if kind == "wrong_kind":
                raise WrongKind(
                    f'key "{key}" has a list, not a value', reason="WRONG_KIND", metadata={"key": key}
                )
            found[key] = (
                await self.get(key)
                if kind == "too_large"
                else _record(result.record)
                if kind == "record"
                else None
            )
        return found

    async def set(
        self,
        key: str,
        value: object,
        *,
        expect: RecordCondition = None,
        request_id: Optional[str] = None,
    ) -> int:
        """Writes a value, at most 1 MiB: bytes, Json, or what becomes JSON. Returns the new version. Raises
        VersionConflict where what is expected of the key does not hold."""
        request = pb.SetRecordRequest(key=key, value=to_value(value), request_id=request_id or new_id())
        if expect == "absent":
            request.absent.SetInParent()
        elif expect == "present":
            request.present.SetInParent()
        elif expect is not None:
            request.version = expect
        return (await self._caller.call(methods.set_record, request)).version

    async def set_many(self, values: Mapping[str, object]) -> Dict[str, Union[int, TracksideError]]:
        """Writes 1 to 1,000 values, 4 MiB in all; tells for each its version, or what it was refused for,
        which does not hinder the others."""
        requests = [
            pb.SetRecordRequest(key=key, value=to_value(value), request_id=new_id())
            for key, value in values.items()
        ]
        request = pb.BatchSetRecordsRequest(requests=requests)
        response = await self._caller.call(methods.batch_set_records, request)
        return {
            key: error_of_status(result.error, methods.set_record.path)
            if result.HasField("error")
            else result.response.version
            for key, result in zip(values, response.results)
        }

    async def delete(
        self, key: str, *, version: Optional[int] = None, request_id: Optional[str] = None
    ) -> bool:
        """Removes a value or a whole list, or only one of a version. False where there was none. Raises
        VersionConflict."""
        request = pb.DeleteRecordRequest(key=key, version=version, request_id=request_id or new_id())
        return (await self._caller.call(methods.delete_record, request)).deleted

    async def has(self, key: str) -> bool:
        """Tells whether a key has a value or a list."""
        return (await self._caller.call(methods.has_record, pb.HasRecordRequest(key=key))).exists

    async def keys(self, pattern: str = "") -> AsyncIterator[str]:
        """Lists the keys that have values or lists, in the order of their bytes; for patterns see
        Cache.keys."""
        request = pb.ListRecordKeysRequest(pattern=pattern, page_size=1_000)
        async for page in self._caller.pages(methods.list_record_keys, request):
            for key in page.keys:
                yield key

    async def clear(self, prefix: str) -> int:
        """Removes the values and lists whose key begins so; tells how many. Not repeated by itself."""
        request = pb.ClearRecordsRequest(key_prefix=prefix)
        return (await self._caller.call(methods.clear_records, request)).cleared

    async def clear_all(self) -> int:
        """Removes all values and lists; tells how many. Not repeated by itself."""
        request = pb.ClearRecordsRequest()
        request.all.SetInParent()
        return (await self._caller.call(methods.clear_records, request)).cleared

    async def append(self, key: str, items: Iterable[object], *, request_id: Optional[str] = None) -> ListEnd:
        """Appends 1 to 1,000 items, 1 MiB in all, to the end of a list, all or none. A key without a record
        gets one."""
        values = [to_value(item) for item in items]
        request = pb.AppendItemsRequest(key=key, items=values, request_id=request_id or new_id())
        response = await self._caller.call(methods.append_items, request)
        return ListEnd(response.first_index, response.count, response.version)

    async def items(self, key: str, start: int = 0, end: int = -1) -> AsyncIterator[Item]:
        """Reads a list's items in order, from the index `start` to `end`, both included; negative ones count
        from the list's end. A key without a record has none."""
        request = pb.ListItemsRequest(key=key, start=start, end=end, page_size=1_000)
        async for page in self._caller.pages(methods.list_items, request):
            for index, message in enumerate(page.items, page.first_index):
                yield Item(raw_of(message), index)

    async def count(self, key: str) -> int:
        """Counts a list's items; 0 for a key without a record."""
        return (await self._caller.call(methods.count_items, pb.CountItemsRequest(key=key))).count


def _record(message: pb.Record) -> Record:
    return Record(raw_of(message.value), message.version, to_datetime(message.update_time))
