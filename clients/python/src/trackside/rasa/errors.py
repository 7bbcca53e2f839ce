"""What the stores fail with, besides the client's own errors."""

from __future__ import annotations

from rasa.shared.exceptions import RasaException


class StoreMisconfigured(RasaException):
    """A store's section of `endpoints.yml` is wrong; the message names the key and the fix."""


class UnstorableEvent(RasaException):
    """An event holds a value that JSON has no form for; the message names it. Nothing was stored."""


class ConversationConflict(RasaException):
    """A tracker can't be stored behind what the store holds. Nothing was stored; the message tells what
    happened."""

    def __init__(self, conversation_id: str, what: str) -> None:
        super().__init__(f"conversation '{conversation_id}': {what}")
        self.conversation_id = conversation_id
