"""The fences of the locks that the running code holds."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Iterator, Mapping, Optional

_none: Mapping[str, int] = MappingProxyType({})
_held: ContextVar[Mapping[str, int]] = ContextVar("trackside.rasa.fences")


def current_fence(conversation_id: str) -> Optional[int]:
    """The fence of the conversation's lock where this context is within it, or was begun there; else None."""
    return _held.get(_none).get(conversation_id)


@contextmanager
def holding(conversation_id: str, fence: int) -> Iterator[None]:
    """Makes the fence the current one of the body, and of the tasks that it begins."""
    token = _held.set({**_held.get(_none), conversation_id: fence})
    try:
        yield
    finally:
        _held.reset(token)
