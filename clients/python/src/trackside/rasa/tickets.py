"""Places in a lock's line for callers that don't wait: the synchronous part of Rasa's lock store."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Optional, Tuple, cast

import grpc
from rasa.core.lock_store import LockError

from trackside._transport import methods
from trackside._transport.methods import Method, Request, Response
from trackside.address import target_of
from trackside.times import optional_duration
from trackside.v1 import lock_service_pb2 as pb

_TIMEOUT_SECONDS = 10.0


class Tickets:
    """Takes places, looks at them and gives them up, by calls that block. Connects with the first."""

    def __init__(self, address: str) -> None:
        self._target = target_of(address)
        self._connected: Optional[grpc.Channel] = None
        self._held: Dict[Tuple[str, int], grpc.Call] = {}

    def issue(self, lock_id: str, lifetime: Optional[float]) -> int:
        """Takes a place and answers its number."""
        request = pb.HoldLockRequest(lock_id=lock_id, lifetime=optional_duration(lifetime))
        with _failures(f"Error while acquiring lock for conversation_id '{lock_id}'"):
            stream = self._channel.unary_stream(**_coding(methods.hold_lock))(request)
            first: pb.HoldLockResponse = next(stream)
        ticket = first.granted.ticket if first.HasField("granted") else first.queued.ticket
        self._held[lock_id, ticket] = stream
        return ticket

    def give_up(self, lock_id: str, ticket: int) -> None:
        """Gives up a place that `issue` took; another is left alone."""
        stream = self._held.pop((lock_id, ticket), None)
        if stream is None:
            return
        with _failures(f"Could not release lock for conversation_id '{lock_id}'"):
            holder = self._get(lock_id).lock.holder
            if holder.ticket == ticket:
                request = pb.ReleaseLockRequest(lock_id=lock_id, fence=holder.fence)
                self._call(methods.release_lock, request)
            stream.cancel()

    def look(self, lock_id: str) -> List[int]:
        """The numbers of the holder's place and then of those who wait."""
        with _failures(f"Could not look at the lock for conversation_id '{lock_id}'"):
            found = self._get(lock_id)
        if not found.HasField("lock"):
            return []
        return [found.lock.holder.ticket] + [waiter.ticket for waiter in found.waiters]

    def delete(self, lock_id: str) -> bool:
        """Ends the lock's holding. Tells whether there was one."""
        with _failures(f"Could not delete the lock for conversation_id '{lock_id}'"):
            return self._call(methods.delete_lock, pb.DeleteLockRequest(lock_id=lock_id)).deleted

    def _get(self, lock_id: str) -> pb.GetLockResponse:
        return self._call(methods.get_lock, pb.GetLockRequest(lock_id=lock_id))

    def _call(self, method: Method[Request, Response], request: Request) -> Response:
        call = self._channel.unary_unary(**_coding(method))
        return cast(Response, call(request, timeout=_TIMEOUT_SECONDS))

    @property
    def _channel(self) -> grpc.Channel:
        if self._connected is None:
            self._connected = grpc.insecure_channel(self._target, options=[("grpc.enable_http_proxy", 0)])
        return self._connected


def _coding(method: Method[Request, Response]) -> Dict[str, Any]:
    return {
        "method": method.path,
        "request_serializer": method.request.SerializeToString,
        "response_deserializer": method.response.FromString,
    }


@contextmanager
def _failures(what: str) -> Iterator[None]:
    """Raises LockError, which names the conversation, in place of gRPC's error."""
    try:
        yield
    except grpc.RpcError as error:
        raise LockError(f"{what}: {cast(grpc.Call, error).details()}") from error
