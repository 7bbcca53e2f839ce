"""Times and spans, between Python and protobuf: datetimes in UTC with microseconds, and seconds as floats."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Optional, Union

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

Time = Union[datetime, float]
"""A datetime with its time zone, or seconds since 1970 as `time.time()` tells them."""

_epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)


def to_timestamp(time: Time) -> Timestamp:
    """A time as a message. Raises ValueError for a datetime without a time zone."""
    if isinstance(time, datetime):
        if time.tzinfo is None:
            raise ValueError(f"{time!r} has no time zone: write datetime.now(timezone.utc) and the like")
        micros = (time - _epoch) // timedelta(microseconds=1)
    else:
        micros = round(time * 1_000_000)
    return Timestamp(seconds=micros // 1_000_000, nanos=micros % 1_000_000 * 1_000)


def to_datetime(timestamp: Timestamp) -> datetime:
    """A message as a datetime in UTC."""
    return _epoch + timedelta(seconds=timestamp.seconds, microseconds=timestamp.nanos // 1_000)


def to_duration(seconds: float) -> Duration:
    """Seconds as a message."""
    micros = round(seconds * 1_000_000)
    sign = -1 if micros < 0 else 1
    return Duration(seconds=sign * (abs(micros) // 1_000_000), nanos=sign * (abs(micros) % 1_000_000) * 1_000)


def optional_duration(seconds: Optional[float]) -> Optional[Duration]:
    """Seconds as a message, None for none."""
    return None if seconds is None else to_duration(seconds)


def to_seconds(duration: Duration) -> float:
    """A message as seconds."""
    return duration.seconds + duration.nanos / 1_000_000_000
