"""The Python client of Trackside, a storage sidecar for conversational agents.

async with Trackside("127.0.0.1:7420") as t:
    await t.tracker("alice").append([NewEvent("user", {"event": "user", "text": "hi"})])
"""

from trackside.client import Trackside
from trackside.errors import (
    AppendIdReused,
    DeadlineExceeded,
    Discontinuity,
    FenceStale,
    GroupsUnavailable,
    InvalidRequest,
    LeaseLost,
    LockLost,
    LockTaken,
    LockTimeout,
    NotFound,
    NumberOutOfRange,
    Overloaded,
    RequestIdReused,
    SequenceConflict,
    ShuttingDown,
    StoreFull,
    StoreUnavailable,
    TooLarge,
    TracksideError,
    Unavailable,
    VersionConflict,
    WrongKind,
)
from trackside.events import Event, NewEvent
from trackside.feed import CaughtUp, Checkpoint, Erased, EventFeed, Feed, FeedEvent, FellBehind, Started
from trackside.lock import Grant, Holding, Lock, Locks, LockState, Renewal, Waiter
from trackside.state import ActiveLoop, State
from trackside.tracker import Appended, Conversation, Erasure, Snapshot, Tracker

__all__ = [
    "ActiveLoop",
    "AppendIdReused",
    "Appended",
    "CaughtUp",
    "Checkpoint",
    "Conversation",
    "DeadlineExceeded",
    "Discontinuity",
    "Erased",
    "Erasure",
    "Event",
    "EventFeed",
    "Feed",
    "FeedEvent",
    "FellBehind",
    "FenceStale",
    "Grant",
    "GroupsUnavailable",
    "Holding",
    "InvalidRequest",
    "LeaseLost",
    "Lock",
    "LockLost",
    "LockState",
    "LockTaken",
    "LockTimeout",
    "Locks",
    "NewEvent",
    "NotFound",
    "NumberOutOfRange",
    "Overloaded",
    "Renewal",
    "RequestIdReused",
    "SequenceConflict",
    "ShuttingDown",
    "Snapshot",
    "Started",
    "State",
    "StoreFull",
    "StoreUnavailable",
    "TooLarge",
    "Tracker",
    "Trackside",
    "TracksideError",
    "Unavailable",
    "VersionConflict",
    "Waiter",
    "WrongKind",
]
