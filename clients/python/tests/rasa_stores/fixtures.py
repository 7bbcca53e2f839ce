"""Sidecars and stores for the tests."""

from __future__ import annotations

from typing import Any, AsyncIterator, Callable, Dict, Iterator, List, Optional
from uuid import uuid4

import pytest
import rasa.core.lock_store
import rasa.core.tracker_store
from conftest import Sidecar, StartSidecar
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from trackside.rasa import LockStore, TrackerStore


@pytest.fixture(scope="session")
def sidecar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sidecar]:
    """A sidecar that all tests share."""
    shared = Sidecar(f"sqlite:{tmp_path_factory.mktemp('store')}/trackside.db")
    yield shared
    shared.kill()


@pytest.fixture
def fragile_sidecar(start_sidecar: StartSidecar) -> Sidecar:
    """A sidecar to kill: conversations on SQLite, locks in memory."""
    return start_sidecar(env={"TRACKSIDE_STORAGE_LOCK": "memory:"})


@pytest.fixture
def conversation() -> str:
    """The id of a new conversation."""
    return f"{uuid4()}/ü"


Stores = Callable[..., TrackerStore]
LockStores = Callable[..., LockStore]


@pytest.fixture
async def stores(sidecar: Sidecar) -> AsyncIterator[Stores]:
    """Makes tracker stores as Rasa does of `endpoints.yml`; each has a client of its own, as in another
    process."""
    made: List[TrackerStore] = []

    def make(
        address: str = sidecar.address, domain: Optional[Domain] = None, broker: Any = None
    ) -> TrackerStore:
        config = EndpointConfig(address, type="trackside.rasa.TrackerStore")
        store = rasa.core.tracker_store.TrackerStore.create(config, domain or Domain.empty(), broker)
        assert isinstance(store, TrackerStore)
        made.append(store)
        return store

    yield make
    for store in made:
        await store.client.close()


@pytest.fixture
def store(stores: Stores) -> TrackerStore:
    """A tracker store."""
    return stores()


@pytest.fixture
async def lock_stores(sidecar: Sidecar) -> AsyncIterator[LockStores]:
    """Makes lock stores as Rasa does of `endpoints.yml`."""
    made: List[LockStore] = []

    def make(address: str = sidecar.address) -> LockStore:
        config = EndpointConfig(address, type="trackside.rasa.LockStore")
        locks = rasa.core.lock_store.LockStore.create(config)
        assert isinstance(locks, LockStore)
        made.append(locks)
        return locks

    yield make
    for locks in made:
        await locks.client.close()


@pytest.fixture
def locks(lock_stores: LockStores) -> LockStore:
    """A lock store."""
    return lock_stores()


def session_start() -> List[Event]:
    """What begins a session."""
    return [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]


def turn(text: str) -> List[Event]:
    """A user's message and what the bot did then."""
    return [
        UserUttered(text, {"name": "say"}),
        ActionExecuted("utter_heard"),
        BotUttered(f"You said: {text}"),
        ActionExecuted("action_listen"),
    ]


def say(tracker: DialogueStateTracker, *texts: str) -> None:
    """Adds a turn for each text."""
    for text in texts:
        tracker.update_with_events(turn(text), None)


async def talk(store: TrackerStore, conversation: str, *texts: str) -> DialogueStateTracker:
    """Reads the conversation, adds turns and saves, as Rasa does for a message; a new one begins with a
    session."""
    tracker = await store.get_or_create_tracker(conversation, append_action_listen=False)
    if not tracker.events:
        tracker.update_with_events(session_start(), None)
    say(tracker, *texts)
    await store.save(tracker)
    return tracker


async def log_of(store: TrackerStore, conversation: str) -> List[Dict[str, Any]]:
    """All that is stored, as JSON."""
    return [event.json() async for event in store.client.tracker(conversation).events()]


async def said(store: TrackerStore, conversation: str) -> List[str]:
    """What the user and the bot said, in the order of the log."""
    return [event["text"] for event in await log_of(store, conversation) if event["event"] in ("user", "bot")]


def heard(*texts: str) -> List[str]:
    """What `said` answers where each text was heard once, in order."""
    return [line for text in texts for line in (text, f"You said: {text}")]
