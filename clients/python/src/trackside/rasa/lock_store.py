"""Rasa's lock store on Trackside."""

from __future__ import annotations

import math
import os
from collections import deque
from contextlib import asynccontextmanager
from typing import AsyncIterator, Optional

import rasa.core.lock_store
from rasa.core.lock import Ticket, TicketLock
from rasa.core.lock_store import LockError
from rasa.utils.endpoints import EndpointConfig

from trackside import Lock, Trackside, TracksideError
from trackside.rasa.holdings import holding
from trackside.rasa.prefetch import prefetch_at
from trackside.rasa.settings import connect
from trackside.rasa.tickets import Tickets


class LockStore(rasa.core.lock_store.LockStore):
    """Locks conversations in Trackside: one handler at a time, in the order in which they asked, wherever
    they run.

    The next in line gets the lock as the one before lets go, and the sidecar renews it for as long as the
    handler runs; a handler whose process dies loses it at once. Its fence guards what
    `trackside.rasa.TrackerStore` reads and writes meanwhile, so that a handler that has lost the lock without
    noticing changes nothing. Where that store has the same `url`, the session that it reads first within the
    lock comes with the lock, without a call of its own.
    """

    def __init__(self, endpoint_config: EndpointConfig) -> None:
        """Takes the section of `endpoints.yml`. Nothing is called yet. Raises StoreMisconfigured."""
        self.client: Trackside = connect("lock_store", endpoint_config.url, endpoint_config.kwargs)
        """The client, for what Rasa has no call for."""
        self._tickets = Tickets(self.client.address)
        super().__init__()

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: Optional[float] = None,
        wait_time_in_seconds: float = 0,
    ) -> AsyncIterator[Lock]:
        """Holds the conversation's lock while the body runs, after waiting for it as long as it takes.

        `lock_lifetime`, in seconds, caps the holding, for handlers that hang: by default it is the
        environment's TICKET_LOCK_LIFETIME where that is set, else there is no end. There is no polling, so
        that `wait_time_in_seconds` means nothing. The handler doesn't wait until the lock is released. Raises
        LockError, before the body, where the lock can't be had.
        """
        lifetime = lock_lifetime or _lifetime_of_environment()
        prefetch = prefetch_at(self.client.address, conversation_id)
        lock = self.client.lock(
            conversation_id,
            lifetime=lifetime,
            read=prefetch.query if prefetch else None,
            cancel=False,
            await_release=False,
        )
        try:
            await lock.__aenter__()
        except TracksideError as error:
            raise LockError(
                f"Could not acquire lock for conversation_id '{conversation_id}': {error}"
            ) from error
        try:
            with holding(conversation_id, lock, prefetch):
                yield lock
        finally:
            await lock.__aexit__(None, None, None)

    def get_lock(self, conversation_id: str) -> Optional[TicketLock]:
        """Who holds the lock and who waits, as tickets; None where nobody does. It is the sidecar that lets
        go of those whose time is over, so that here no ticket expires by this machine's clock."""
        tickets = [Ticket(number, math.inf) for number in self._tickets.look(conversation_id)]
        return TicketLock(conversation_id, deque(tickets)) if tickets else None

    def issue_ticket(self, conversation_id: str, lock_lifetime: Optional[float] = None) -> int:
        """Takes a place in the line without waiting, and answers its number: `get_lock(…).is_locked(number)`
        tells whether its turn has come. It is kept until `finish_serving`, or the end of this process. Raises
        LockError."""
        return self._tickets.issue(conversation_id, lock_lifetime or _lifetime_of_environment())

    def finish_serving(self, conversation_id: str, ticket_number: int) -> None:
        """Gives a place up that this object's `issue_ticket` took; another's is left alone. Raises
        LockError."""
        self._tickets.give_up(conversation_id, ticket_number)

    def cleanup(self, conversation_id: str, ticket_number: int) -> None:
        """As `finish_serving`: a lock that nobody holds or waits for needs no cleaning up."""
        self.finish_serving(conversation_id, ticket_number)

    def delete_lock(self, conversation_id: str) -> None:
        """Ends whatever holding the lock has, for operators; the next in line gets it. Raises LockError."""
        self._log_deletion(conversation_id, self._tickets.delete(conversation_id))

    def update_lock(self, conversation_id: str) -> None:
        """Does nothing: the sidecar lets go of dead holders and waiters by itself."""

    def save_lock(self, lock: TicketLock) -> None:
        """Raises LockError: places are given by the sidecar alone."""
        raise LockError(
            f"The lock for conversation_id '{lock.conversation_id}' can't be written: "
            f"its places are given by the sidecar, by issue_ticket"
        )


def _lifetime_of_environment() -> Optional[float]:
    return float(os.environ.get("TICKET_LOCK_LIFETIME") or 0) or None
