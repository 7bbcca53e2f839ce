"""What a call fails with: one class per reason that the sidecar gives."""

from __future__ import annotations

from typing import Dict, Mapping, Optional, Sequence, Tuple, Type

import grpc
from google.rpc import error_details_pb2, status_pb2


class TracksideError(Exception):
    """A call that failed.

    `code` is gRPC's status. Where the sidecar answered, `reason` tells what happened and `metadata` what
    belongs to it; `violations` are the request's fields that are wrong, each with what to do about it.
    `str()` is for people.
    """

    def __init__(
        self,
        message: str,
        *,
        code: grpc.StatusCode = grpc.StatusCode.UNKNOWN,
        reason: Optional[str] = None,
        metadata: Optional[Mapping[str, str]] = None,
        violations: Sequence[Tuple[str, str]] = (),
        retry_delay: Optional[float] = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.metadata: Mapping[str, str] = metadata or {}
        self.violations = tuple(violations)
        self.retry_delay = retry_delay
        """Seconds to wait before trying again, where the sidecar said so."""

    def _number(self, key: str) -> Optional[int]:
        text = self.metadata.get(key, "")
        return int(text) if text.isdigit() else None


class InvalidRequest(TracksideError):
    """A field of the request is missing, malformed or out of range; `violations` name it."""


class VersionConflict(TracksideError):
    """What a write expected of its record does not hold. Nothing was written."""

    @property
    def expected(self) -> str:
        """What the write expected: a version or sequence, or such as `no_events`."""
        return self.metadata.get("expected", "")

    @property
    def actual(self) -> Optional[int]:
        """The version or sequence there is, 0 for none; None where it wasn't told."""
        return 0 if self.metadata.get("actual") == "no_events" else self._number("actual")


class SequenceConflict(VersionConflict):
    """What a write expected of its conversation does not hold: somebody else wrote. Nothing was written."""


class FenceStale(TracksideError):
    """A higher fence was accepted before: the lock was lost, and its next holder is at work. Nothing was
    written."""

    @property
    def highest_fence(self) -> Optional[int]:
        """The fence that was accepted."""
        return self._number("highest_fence")


class AppendIdReused(TracksideError):
    """The append id belongs to other events, stored before: the turn that it names is done already."""

    @property
    def first_sequence(self) -> Optional[int]:
        """The sequence of the first event that was stored under the id."""
        return self._number("first_sequence")

    @property
    def last_sequence(self) -> Optional[int]:
        """The sequence of the last event that was stored under the id."""
        return self._number("last_sequence")


class RequestIdReused(TracksideError):
    """The request id was used before, for another request."""


class NotFound(TracksideError):
    """There is no such conversation or record."""


class WrongKind(TracksideError):
    """The key, or the lock's holding, is of a kind that the call isn't for."""


class LockTaken(TracksideError):
    """The lock is held, or waited for, and not to wait was asked for."""


class LockTimeout(TracksideError):
    """The lock was still taken at the end of the wait."""


class LeaseLost(TracksideError):
    """A lock's holding, or a message's claim, is over. `cause` tells what ended it."""

    @property
    def cause(self) -> str:
        """Such as `expired`, `released`, `deleted`, or `unknown` where it isn't remembered."""
        return self.metadata.get("cause", "unknown")


class LockLost(LeaseLost):
    """The lock was lost while the body of `async with` ran; what it read may not be true any more."""


class GroupsUnavailable(TracksideError):
    """Messages with a group need queues and locks on the same store."""


class NumberOutOfRange(TracksideError):
    """A sum does not fit into 64 bits. Nothing was written."""


class TooLarge(TracksideError):
    """The request, or an answer that it asks for, is larger than a limit. Nothing was written."""


class StoreFull(TracksideError):
    """The store has no room left."""


class Unavailable(TracksideError):
    """The sidecar or its store can't be reached. Calls that are safe to repeat were repeated until their time
    was up; whether a write took effect is unknown."""


class Overloaded(Unavailable):
    """More work is waiting than the sidecar's limits allow. Nothing was written."""


class ShuttingDown(Unavailable):
    """The sidecar is stopping."""


class StoreUnavailable(Unavailable):
    """The store can't be reached or failed."""


class DeadlineExceeded(TracksideError):
    """The call's time was up before an answer came; whether a write took effect is unknown."""


class Discontinuity(TracksideError):
    """A stream of events can't go on: the history behind its cursor is not the store's any more.

    `reason` is `TRIMMED`, `ROLLED_BACK`, `EPOCH_CHANGED` or `OTHER_STORE`. Choose where to go on:
    `oldest_cursor` for a copy, which is rebuilt from empty; `end_cursor` where what was missed is stale.
    """

    def __init__(self, reason: str, oldest_cursor: str, end_cursor: str) -> None:
        message = f"the stream can't go on ({reason}): start at oldest_cursor or at end_cursor"
        super().__init__(message, code=grpc.StatusCode.DATA_LOSS, reason=reason)
        self.oldest_cursor = oldest_cursor
        self.end_cursor = end_cursor


_by_reason: Dict[str, Type[TracksideError]] = {
    "INVALID_REQUEST": InvalidRequest,
    "VERSION_CONFLICT": VersionConflict,
    "FENCE_STALE": FenceStale,
    "APPEND_ID_REUSED": AppendIdReused,
    "REQUEST_ID_REUSED": RequestIdReused,
    "CONVERSATION_NOT_FOUND": NotFound,
    "KEY_NOT_FOUND": NotFound,
    "WRONG_KIND": WrongKind,
    "LOCK_TAKEN": LockTaken,
    "LEASE_LOST": LeaseLost,
    "GROUPS_UNAVAILABLE": GroupsUnavailable,
    "NUMBER_OUT_OF_RANGE": NumberOutOfRange,
    "TOO_LARGE": TooLarge,
    "OVERLOADED": Overloaded,
    "SHUTTING_DOWN": ShuttingDown,
    "STORE_UNAVAILABLE": StoreUnavailable,
    "STORE_FULL": StoreFull,
}

_by_code: Dict[grpc.StatusCode, Type[TracksideError]] = {
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
}

_codes = {code.value[0]: code for code in grpc.StatusCode}


def error_of_status(status: status_pb2.Status, path: str) -> TracksideError:
    """The failure that a status of the method at a path tells."""
    code = _codes.get(status.code, grpc.StatusCode.UNKNOWN)
    info, bad_request, retry = (
        error_details_pb2.ErrorInfo(),
        error_details_pb2.BadRequest(),
        error_details_pb2.RetryInfo(),
    )
    for detail in status.details:
        for message in (info, bad_request, retry):
            detail.Unpack(message)
    reason = info.reason if info.domain == "trackside" else None
    kind = _by_reason.get(reason or "") or _by_code.get(code, TracksideError)
    if kind is VersionConflict and "TrackerService" in path:
        kind = SequenceConflict
    return kind(
        status.message,
        code=code,
        reason=reason,
        metadata=dict(info.metadata) if reason else {},
        violations=[(violation.field, violation.description) for violation in bad_request.field_violations],
        retry_delay=retry.retry_delay.ToTimedelta().total_seconds()
        if retry.HasField("retry_delay")
        else None,
    )


def error_of_rpc(error: grpc.aio.AioRpcError, path: str) -> TracksideError:
    """The failure that a call of the method at a path ended with."""
    return error_of_status(status_of_rpc(error), path)


def status_of_rpc(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    """What a call ended with, details included."""
    status = status_pb2.Status()
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            status.ParseFromString(value)
    status.code = error.code().value[0]
    status.message = error.details() or error.code().name
    return status
