"""When to try again."""

from __future__ import annotations

import random
from typing import Optional

import grpc

from trackside.errors import Overloaded, TracksideError, Unavailable


def backoff(attempt: int, told: Optional[float] = None) -> float:
    """Seconds before the next of several attempts, the first being 0: longer each time, never the same for
    two clients, and no less than the sidecar told."""
    delay: float = min(2.0, 0.1 * 2**attempt) * (0.5 + random.random() / 2)
    return max(delay, told or 0.0)


def may_pass(error: TracksideError) -> bool:
    """Whether a failure is the connection's, the sidecar's or the store's state, and not the call's."""
    return isinstance(error, Unavailable) or (error.reason is None and error.code in _of_connections)


# What gRPC makes of a stream that the other end reset or that a proxy cut.
_of_connections = (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNKNOWN)


def may_repeat(error: TracksideError, repeatable: bool) -> bool:
    """Whether the call that failed so may be made again."""
    return isinstance(error, Overloaded) or (repeatable and may_pass(error))
