"""The Python client of Trackside, a storage sidecar for conversational agents.

async with Trackside("127.0.0.1:7420") as t:
    await t.tracker("alice").append([NewEvent("user", {"event": "user", "text": "hi"})])
"""

from trackside.cache import Cache, Entry, Equals
from trackside.client import Store, Trackside
from trackside.consumer import Consumer
from trackside.delivery import Delivery, Extension, Message
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
from trackside.lock import Lock
from trackside.locks import Grant, Holding, Locks, LockState, Renewal, Waiter
from trackside.query import Query, Snapshot
from trackside.queue import NewMessage, Pushed, Queue, QueueInfo, Settled
from trackside.records import Item, ListEnd, Record, Records
from trackside.state import ActiveLoop, State
from trackside.tracker import Appended, Conversation, Erasure, Tracker
from trackside.values import Json

__all__ = [
    "ActiveLoop",
    "AppendIdReused",
    "Appended",
    "Cache",
    "CaughtUp",
    "Checkpoint",
    "Consumer",
    "Conversation",
    "DeadlineExceeded",
    "Delivery",
    "Discontinuity",
    "Entry",
    "Equals",
    "Erased",
    "Erasure",
    "Event",
    "EventFeed",
    "Extension",
    "Feed",
    "FeedEvent",
    "FellBehind",
    "FenceStale",
    "Grant",
    "GroupsUnavailable",
    "Holding",
    "InvalidRequest",
    "Item",
    "Json",
    "LeaseLost",
    "ListEnd",
    "Lock",
    "LockLost",
    "LockState",
    "LockTaken",
    "LockTimeout",
    "Locks",
    "Message",
    "NewEvent",
    "NewMessage",
    "NotFound",
    "NumberOutOfRange",
    "Overloaded",
    "Pushed",
    "Query",
    "Queue",
    "QueueInfo",
    "Record",
    "Records",
    "Renewal",
    "RequestIdReused",
    "SequenceConflict",
    "Settled",
    "ShuttingDown",
    "Snapshot",
    "Started",
    "State",
    "Store",
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
