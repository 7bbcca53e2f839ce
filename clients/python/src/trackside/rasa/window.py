"""Trackers that hold only the newest events."""

from __future__ import annotations

from collections import deque
from typing import Deque, Iterable, List, Optional

from rasa.shared.core.events import Event


class Window(Deque[Event]):
    """A tracker's newest events, at most `maxlen`. What doesn't fit any more is in `gone`, until it is
    saved."""

    def __init__(self, events: Iterable[Event] = (), maxlen: Optional[int] = None) -> None:
        deque.__init__(self, events, maxlen)
        self.gone: List[Event] = []

    def append(self, event: Event) -> None:
        """Adds an event at the end."""
        if len(self) == self.maxlen:
            self.gone.append(self[0] if self else event)
        super().append(event)


def all_of(events: Iterable[Event]) -> List[Event]:
    """A tracker's events, with those that have left its window."""
    return [*events.gone, *events] if isinstance(events, Window) else list(events)


def forget_what_is_gone(events: Iterable[Event]) -> None:
    """For a tracker whose events are all saved."""
    if isinstance(events, Window):
        events.gone.clear()
