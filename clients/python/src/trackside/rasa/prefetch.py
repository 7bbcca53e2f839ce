"""Sessions that are read with their conversations' locks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Protocol
from weakref import WeakValueDictionary

from trackside import Query
from trackside.rasa.recent import Session


@dataclass(frozen=True)
class Prefetch:
    """A session to be read with its conversation's lock for a tracker store, which knows it as far as
    `known`. `Lock.snapshot` has what was read."""

    store: Prefetching
    known: Session
    query: Query


class Prefetching(Protocol):
    """A tracker store that takes what is read with locks."""

    def prefetch(self, conversation_id: str) -> Prefetch:
        """What to read with the conversation's lock."""


_stores: WeakValueDictionary[str, Prefetching] = WeakValueDictionary()


def prefetch_for(store: Prefetching, address: str) -> None:
    """From now on locks of the sidecar at the address bring sessions along for the store, as long as it
    lives and no other takes its place."""
    _stores[address] = store


def prefetch_at(address: str, conversation_id: str) -> Optional[Prefetch]:
    """What to read with a lock of the sidecar at the address; None where no tracker store has the same."""
    store = _stores.get(address)
    return store.prefetch(conversation_id) if store else None
