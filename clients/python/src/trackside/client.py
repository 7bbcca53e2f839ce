"""The client: one object for all of Trackside's services."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import AsyncIterator, List, Optional, Sequence, Tuple, Type

from trackside._transport import methods
from trackside._transport.caller import Caller
from trackside._transport.connection import Connections
from trackside.cache import Cache
from trackside.feed import EventFeed, Feed, Start, request_of
from trackside.lock import Lock
from trackside.locks import Locks, WhenTaken
from trackside.query import Query
from trackside.queue import Queue, QueueInfo, info_of
from trackside.records import Records
from trackside.tracker import Conversation, Tracker, conversation_of
from trackside.v1 import queue_service_pb2, store_service_pb2, tracker_service_pb2


@dataclass(frozen=True)
class Store:
    """What services keep their content in. `location` and `durability` are for people, and so are `warnings`:
    what to change lest acknowledged content be lost."""

    services: Tuple[str, ...]
    engine: str
    location: str
    durability: str
    warnings: Tuple[str, ...]


class Trackside:
    """A client of the sidecar at `HOST:PORT`, `[IPV6]:PORT`, `unix:PATH` or `unix:///PATH`.

        async with Trackside("127.0.0.1:7420") as t:
            await t.tracker("alice").append([NewEvent("user", {"event": "user", "text": "hi"})])

    It connects with the first call, and anew after the connection broke. Calls that are safe to repeat, which
    is most of them, are repeated after failures that may pass, for `timeout` seconds in all; calls that wait
    have that long besides. What can't be done raises a TracksideError of the reason's class. Each event loop
    that uses a client gets a connection of its own.

    Calls go as frames of one stream, which takes a fraction of the time of a call of its own, and locks are
    held on it; `pipeline=False` makes every call one of its own. Raises ValueError for an address that isn't
    one.
    """

    def __init__(self, address: str, *, timeout: float = 10.0, pipeline: bool = True) -> None:
        self.address = address
        """Where the sidecar is."""
        self._caller = Caller(Connections(address, pipeline), timeout)

    async def __aenter__(self) -> Trackside:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends everything under way in the running event loop. A later call connects anew."""
        await self._caller.connections.close()

    def with_timeout(self, seconds: float) -> Trackside:
        """The same client, on the same connection, whose calls have another timeout."""
        other = Trackside.__new__(type(self))
        other.address = self.address
        other._caller = Caller(self._caller.connections, seconds)
        return other

    def tracker(self, conversation_id: str) -> Tracker:
        """A conversation: any id of 1 to 512 bytes. It need not exist."""
        return Tracker(self._caller, conversation_id)

    async def conversations(self, prefix: str = "") -> AsyncIterator[Conversation]:
        """Lists the conversations that have events, in the order of their ids' bytes."""
        request = tracker_service_pb2.ListConversationsRequest(conversation_id_prefix=prefix, page_size=1_000)
        async for page in self._caller.pages(methods.list_conversations, request):
            for message in page.conversations:
                yield conversation_of(message)

    def events(
        self,
        start: Start = "end",
        *,
        conversation_ids: Sequence[str] = (),
        conversation_id_prefix: str = "",
        types: Sequence[str] = (),
        names: Sequence[str] = (),
    ) -> EventFeed:
        """The events that are stored, from `start` on and then live, each with its cursor: iterate with
        `async for`.

        An event has to fit every part that is given, and any one of a part's values. A cursor belongs to the
        filter that it was given for. See Feed for how it resumes and what it raises, and `feed` for what
        isn't an event.
        """
        return EventFeed(
            self.feed(
                start,
                conversation_ids=conversation_ids,
                conversation_id_prefix=conversation_id_prefix,
                types=types,
                names=names,
            )
        )

    def feed(
        self,
        start: Start = "end",
        *,
        conversation_ids: Sequence[str] = (),
        conversation_id_prefix: str = "",
        types: Sequence[str] = (),
        names: Sequence[str] = (),
        max_batch_size: int = 0,
        heartbeat: Optional[float] = None,
    ) -> Feed:
        """Everything that a feed tells, erasures and checkpoints included: for copies, which have to forget
        what is erased. `heartbeat` is the longest silence in seconds (default 10), after which a Checkpoint
        comes; `max_batch_size` how many events are sent at a time (default 100)."""
        request = request_of(
            start, conversation_ids, conversation_id_prefix, types, names, max_batch_size, heartbeat
        )
        return Feed(self._caller, request)

    def lock(
        self,
        lock_id: str,
        *,
        wait: Optional[float] = None,
        lifetime: Optional[float] = None,
        when_taken: WhenTaken = "enqueue",
        owner: str = "",
        read: Optional[Query] = None,
        cancel: bool = True,
        await_release: bool = True,
    ) -> Lock:
        """A lock to hold: `async with t.lock("id") as lock`. The one that guards a conversation bears its id.

        `wait` is how many seconds to wait for it (default: as long as it takes), `lifetime` caps the holding.
        `owner` is shown to people who look at the lock. `read` has a conversation of this sidecar read by the
        fence as the lock is granted, which makes lock and reading one call: `read=t.tracker("id").query()`,
        and then `await lock.snapshot()`. `cancel=False` leaves the body running where the lock
        is lost. `await_release=False` goes on behind the body while the lock is being released.
        """
        return Lock(
            self._caller,
            lock_id,
            wait=wait,
            lifetime=lifetime,
            when_taken=when_taken,
            owner=owner,
            read=read,
            cancel=cancel,
            await_release=await_release,
        )

    def queue(self, queue_id: str) -> Queue:
        """A queue of messages: any id of 1 to 512 bytes. It need not exist."""
        return Queue(self._caller, queue_id)

    async def queues(self, prefix: str = "") -> AsyncIterator[QueueInfo]:
        """Lists the queues that have messages, in the order of their ids' bytes."""
        request = queue_service_pb2.ListQueuesRequest(queue_id_prefix=prefix, page_size=1_000)
        async for page in self._caller.pages(methods.list_queues, request):
            for message in page.queues:
                yield info_of(message)

    async def stores(self) -> List[Store]:
        """Tells what the services keep their content in, and how safe it is there."""
        response = await self._caller.call(methods.describe_stores, store_service_pb2.DescribeStoresRequest())
        return [
            Store(
                tuple(store.services),
                store.engine,
                store.location,
                store.durability,
                tuple(store.warnings),
            )
            for store in response.stores
        ]

    @property
    def cache(self) -> Cache:
        """Values with a time to live, which may be lost."""
        return Cache(self._caller)

    @property
    def records(self) -> Records:
        """Durable values and lists."""
        return Records(self._caller)

    @property
    def locks(self) -> Locks:
        """Locks without a stream, and looking at locks."""
        return Locks(self._caller)
