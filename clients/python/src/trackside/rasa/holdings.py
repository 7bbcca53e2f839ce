"""The locks that the running code holds, and the sessions that came with them."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Iterator, Mapping, Optional

from trackside import Lock
from trackside.rasa.prefetch import Prefetch


class _Holding:
    def __init__(self, lock: Lock, prefetch: Optional[Prefetch]) -> None:
        self.lock = lock
        self.prefetch = prefetch


_none: Mapping[str, _Holding] = MappingProxyType({})
_held: ContextVar[Mapping[str, _Holding]] = ContextVar("trackside.rasa.holdings")


def current_lock(conversation_id: str) -> Optional[Lock]:
    """The conversation's lock where this context is within it, or was begun there; else None."""
    held = _held.get(_none).get(conversation_id)
    return held.lock if held else None


def current_fence(conversation_id: str) -> Optional[int]:
    """The fence of the conversation's current lock, if any."""
    lock = current_lock(conversation_id)
    return lock.fence if lock else None


def take_prefetch(conversation_id: str) -> Optional[Prefetch]:
    """What was read with the current lock, for the first that reads or writes the conversation within it: it
    may be out of date for the next."""
    held = _held.get(_none).get(conversation_id)
    if held is None:
        return None
    prefetch, held.prefetch = held.prefetch, None
    return prefetch


@contextmanager
def holding(conversation_id: str, lock: Lock, prefetch: Optional[Prefetch]) -> Iterator[None]:
    """Makes the lock the current one of the body, and of the tasks that it begins."""
    token = _held.set({**_held.get(_none), conversation_id: _Holding(lock, prefetch)})
    try:
        yield
    finally:
        _held.reset(token)
