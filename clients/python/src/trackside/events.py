"""Events, as they are written and as they are read back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Mapping, Optional, Union

from trackside.times import Time, to_datetime, to_timestamp
from trackside.v1 import event_pb2
from trackside.values import to_json


@dataclass(frozen=True)
class NewEvent:
    """An event to append.

    `data` is one JSON object, as a mapping or as text; text is kept to the letter. `time` is when the event
    happened, by default when it is stored. `metadata` is free text of your own, kept beside the event.
    """

    type: str
    data: Union[str, Mapping[str, Any]]
    name: str = ""
    time: Optional[Time] = None
    metadata: str = ""

    def to_message(self) -> event_pb2.NewEvent:
        """The event as it is sent. Raises ValueError for NaN, Infinity, and a datetime without a time
        zone."""
        return event_pb2.NewEvent(
            type=self.type,
            name=self.name,
            event_time=None if self.time is None else to_timestamp(self.time),
            data=self.data if isinstance(self.data, str) else to_json(self.data),
            metadata=self.metadata,
        )


class Event:
    """An event as it is stored. It is a view of the message that came, so that a long conversation is read at
    the cost of what is looked at."""

    __slots__ = ("message",)

    def __init__(self, message: event_pb2.RecordedEvent) -> None:
        self.message = message
        """The generated message."""

    @property
    def conversation_id(self) -> str:
        """The conversation that the event belongs to."""
        return self.message.conversation_id

    @property
    def sequence(self) -> int:
        """The event's number in its conversation: 1, 2, 3 … without holes."""
        return self.message.sequence

    @property
    def type(self) -> str:
        """What kind of event this is, such as `user`, `bot`, `action` or `slot`."""
        return self.message.type

    @property
    def name(self) -> str:
        """What the event is about within its type; empty where none was given."""
        return self.message.name

    @property
    def data(self) -> str:
        """The event itself: the JSON text, to the letter."""
        return self.message.data

    @property
    def metadata(self) -> str:
        """The free text beside the event; empty where none was given."""
        return self.message.metadata

    @property
    def time(self) -> datetime:
        """When the event happened, by its writer's clock."""
        return to_datetime(self.message.event_time)

    @property
    def store_time(self) -> datetime:
        """When the event was stored. It never runs backwards within a partition."""
        return to_datetime(self.message.store_time)

    @property
    def append_id(self) -> str:
        """Names the append that wrote the event."""
        return self.message.append_id

    @property
    def partition(self) -> int:
        """The part of the log that holds the event."""
        return self.message.partition

    @property
    def position(self) -> int:
        """The event's place in the partition's log."""
        return self.message.position

    def json(self) -> Any:
        """The data, parsed."""
        return json.loads(self.message.data)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Event) and self.message == other.message

    def __hash__(self) -> int:
        return hash((self.conversation_id, self.sequence, self.partition, self.position))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.conversation_id!r}, {self.sequence}, {self.type!r}, {self.data})"
