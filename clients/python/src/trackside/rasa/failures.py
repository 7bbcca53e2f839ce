"""Keeps Rasa from hiding a store's failures."""

from __future__ import annotations

from typing import Any, Type

from rasa.core.tracker_store import FailSafeTrackerStore, TrackerStore


def show_failures_of(store: Type[TrackerStore]) -> None:
    """Takes stores of this class out of Rasa's fail-safe wrapper.

    Rasa wraps each tracker store in a FailSafeTrackerStore, which answers a failed read as if the
    conversation were new, and a failed write by keeping the turn in memory, where nothing reads it again.
    There is no setting for it.
    """

    def wrap(cls: Type[FailSafeTrackerStore], tracker_store: TrackerStore, *_: Any, **__: Any) -> Any:
        return tracker_store if isinstance(tracker_store, store) else object.__new__(cls)

    FailSafeTrackerStore.__new__ = wrap
