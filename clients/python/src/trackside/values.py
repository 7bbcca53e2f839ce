"""Values, as the cache, the records and the queues keep them: JSON or bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Union

from trackside.v1 import value_pb2


class Json(str):
    """JSON text, kept to the letter: `Json('1.0')` is the number, `"1.0"` a string."""


@dataclass(frozen=True)
class Stored:
    """A value that was read. `raw` is what is stored, to the letter."""

    raw: Union[bytes, Json]

    @property
    def value(self) -> Any:
        """The value: bytes as they are, JSON parsed."""
        return json.loads(self.raw) if isinstance(self.raw, Json) else self.raw


def to_value(value: object) -> value_pb2.Value:
    """A value as it is sent: bytes and Json to the letter, anything else as JSON.

    Raises TypeError for what JSON doesn't know, ValueError for NaN and Infinity.
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        return value_pb2.Value(bytes=bytes(value))
    return value_pb2.Value(json=value if isinstance(value, Json) else to_json(value))


def raw_of(message: value_pb2.Value) -> Union[bytes, Json]:
    """A value as it is stored."""
    return message.bytes if message.HasField("bytes") else Json(message.json)


def to_json(value: object) -> str:
    """A value as JSON text. Raises ValueError for NaN and Infinity."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
