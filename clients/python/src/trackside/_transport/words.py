"""What the values of enums are called."""

from __future__ import annotations

from typing import Any


def word_of(enum: Any, value: int, prefix: str) -> str:
    """A generated enum's value as a word, without its prefix; `unknown` for one that a newer sidecar has."""
    return str(enum.Name(value))[len(prefix) :].lower() if value in enum.values() else "unknown"
