from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from trackside.v1 import tracker_service_pb2 as _tracker_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TakenPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
    TAKEN_POLICY_UNSPECIFIED: _ClassVar[TakenPolicy]
    TAKEN_POLICY_ENQUEUE: _ClassVar[TakenPolicy]
    TAKEN_POLICY_REJECT: _ClassVar[TakenPolicy]
    TAKEN_POLICY_INTERRUPT: _ClassVar[TakenPolicy]

class HoldingKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
    HOLDING_KIND_UNSPECIFIED: _ClassVar[HoldingKind]
    HOLDING_KIND_LEASE: _ClassVar[HoldingKind]
    HOLDING_KIND_STREAM: _ClassVar[HoldingKind]
    HOLDING_KIND_CLAIM: _ClassVar[HoldingKind]

class HoldingEnd(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
    HOLDING_END_UNSPECIFIED: _ClassVar[HoldingEnd]
    HOLDING_END_EXPIRED: _ClassVar[HoldingEnd]
    HOLDING_END_DELETED: _ClassVar[HoldingEnd]
    HOLDING_END_RELEASED: _ClassVar[HoldingEnd]
    HOLDING_END_TAKEN_OVER: _ClassVar[HoldingEnd]
    HOLDING_END_UNCERTAIN: _ClassVar[HoldingEnd]
TAKEN_POLICY_UNSPECIFIED: TakenPolicy
TAKEN_POLICY_ENQUEUE: TakenPolicy
TAKEN_POLICY_REJECT: TakenPolicy
TAKEN_POLICY_INTERRUPT: TakenPolicy
HOLDING_KIND_UNSPECIFIED: HoldingKind
HOLDING_KIND_LEASE: HoldingKind
HOLDING_KIND_STREAM: HoldingKind
HOLDING_KIND_CLAIM: HoldingKind
HOLDING_END_UNSPECIFIED: HoldingEnd
HOLDING_END_EXPIRED: HoldingEnd
HOLDING_END_DELETED: HoldingEnd
HOLDING_END_RELEASED: HoldingEnd
HOLDING_END_TAKEN_OVER: HoldingEnd
HOLDING_END_UNCERTAIN: HoldingEnd

class AcquireLockRequest(_message.Message):
    __slots__ = ["lock_id", "wait_duration", "lifetime", "taken_policy", "request_id", "owner"]
    LOCK_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_DURATION_FIELD_NUMBER: _ClassVar[int]
    LIFETIME_FIELD_NUMBER: _ClassVar[int]
    TAKEN_POLICY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    lock_id: str
    wait_duration: _duration_pb2.Duration
    lifetime: _duration_pb2.Duration
    taken_policy: TakenPolicy
    request_id: str
    owner: str
    def __init__(self, lock_id: _Optional[str] = ..., wait_duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., lifetime: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., taken_policy: _Optional[_Union[TakenPolicy, str]] = ..., request_id: _Optional[str] = ..., owner: _Optional[str] = ...) -> None: ...

class AcquireLockResponse(_message.Message):
    __slots__ = ["grant", "holder"]
    GRANT_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    grant: Grant
    holder: Holding
    def __init__(self, grant: _Optional[_Union[Grant, _Mapping]] = ..., holder: _Optional[_Union[Holding, _Mapping]] = ...) -> None: ...

class Grant(_message.Message):
    __slots__ = ["ticket", "fence", "grant_time", "remaining", "lease"]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    GRANT_TIME_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    ticket: int
    fence: int
    grant_time: _timestamp_pb2.Timestamp
    remaining: _duration_pb2.Duration
    lease: _duration_pb2.Duration
    def __init__(self, ticket: _Optional[int] = ..., fence: _Optional[int] = ..., grant_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., remaining: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., lease: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class HoldLockRequest(_message.Message):
    __slots__ = ["lock_id", "wait_duration", "lifetime", "taken_policy", "request_id", "owner", "get_tracker"]
    LOCK_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_DURATION_FIELD_NUMBER: _ClassVar[int]
    LIFETIME_FIELD_NUMBER: _ClassVar[int]
    TAKEN_POLICY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    GET_TRACKER_FIELD_NUMBER: _ClassVar[int]
    lock_id: str
    wait_duration: _duration_pb2.Duration
    lifetime: _duration_pb2.Duration
    taken_policy: TakenPolicy
    request_id: str
    owner: str
    get_tracker: _tracker_service_pb2.GetTrackerRequest
    def __init__(self, lock_id: _Optional[str] = ..., wait_duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., lifetime: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., taken_policy: _Optional[_Union[TakenPolicy, str]] = ..., request_id: _Optional[str] = ..., owner: _Optional[str] = ..., get_tracker: _Optional[_Union[_tracker_service_pb2.GetTrackerRequest, _Mapping]] = ...) -> None: ...

class HoldLockResponse(_message.Message):
    __slots__ = ["queued", "granted", "interrupted", "lost", "get_tracker"]
    class Queued(_message.Message):
        __slots__ = ["ticket", "ahead"]
        TICKET_FIELD_NUMBER: _ClassVar[int]
        AHEAD_FIELD_NUMBER: _ClassVar[int]
        ticket: int
        ahead: int
        def __init__(self, ticket: _Optional[int] = ..., ahead: _Optional[int] = ...) -> None: ...
    class Interrupted(_message.Message):
        __slots__ = []
        def __init__(self) -> None: ...
    class Lost(_message.Message):
        __slots__ = ["cause", "fence"]
        CAUSE_FIELD_NUMBER: _ClassVar[int]
        FENCE_FIELD_NUMBER: _ClassVar[int]
        cause: HoldingEnd
        fence: int
        def __init__(self, cause: _Optional[_Union[HoldingEnd, str]] = ..., fence: _Optional[int] = ...) -> None: ...
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    GRANTED_FIELD_NUMBER: _ClassVar[int]
    INTERRUPTED_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    GET_TRACKER_FIELD_NUMBER: _ClassVar[int]
    queued: HoldLockResponse.Queued
    granted: Grant
    interrupted: HoldLockResponse.Interrupted
    lost: HoldLockResponse.Lost
    get_tracker: _tracker_service_pb2.GetTrackerResponse
    def __init__(self, queued: _Optional[_Union[HoldLockResponse.Queued, _Mapping]] = ..., granted: _Optional[_Union[Grant, _Mapping]] = ..., interrupted: _Optional[_Union[HoldLockResponse.Interrupted, _Mapping]] = ..., lost: _Optional[_Union[HoldLockResponse.Lost, _Mapping]] = ..., get_tracker: _Optional[_Union[_tracker_service_pb2.GetTrackerResponse, _Mapping]] = ...) -> None: ...

class RenewLockRequest(_message.Message):
    __slots__ = ["lock_id", "fence", "lifetime"]
    LOCK_ID_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    LIFETIME_FIELD_NUMBER: _ClassVar[int]
    lock_id: str
    fence: int
    lifetime: _duration_pb2.Duration
    def __init__(self, lock_id: _Optional[str] = ..., fence: _Optional[int] = ..., lifetime: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class RenewLockResponse(_message.Message):
    __slots__ = ["remaining", "interrupted", "waiting"]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    INTERRUPTED_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    remaining: _duration_pb2.Duration
    interrupted: bool
    waiting: int
    def __init__(self, remaining: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., interrupted: bool = ..., waiting: _Optional[int] = ...) -> None: ...

class ReleaseLockRequest(_message.Message):
    __slots__ = ["lock_id", "fence"]
    LOCK_ID_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    lock_id: str
    fence: int
    def __init__(self, lock_id: _Optional[str] = ..., fence: _Optional[int] = ...) -> None: ...

class ReleaseLockResponse(_message.Message):
    __slots__ = ["duplicate"]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    duplicate: bool
    def __init__(self, duplicate: bool = ...) -> None: ...

class GetLockRequest(_message.Message):
    __slots__ = ["lock_id"]
    LOCK_ID_FIELD_NUMBER: _ClassVar[int]
    lock_id: str
    def __init__(self, lock_id: _Optional[str] = ...) -> None: ...

class GetLockResponse(_message.Message):
    __slots__ = ["lock", "waiters"]
    LOCK_FIELD_NUMBER: _ClassVar[int]
    WAITERS_FIELD_NUMBER: _ClassVar[int]
    lock: Lock
    waiters: _containers.RepeatedCompositeFieldContainer[Waiter]
    def __init__(self, lock: _Optional[_Union[Lock, _Mapping]] = ..., waiters: _Optional[_Iterable[_Union[Waiter, _Mapping]]] = ...) -> None: ...

class Lock(_message.Message):
    __slots__ = ["lock_id", "holder", "waiting"]
    LOCK_ID_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    lock_id: str
    holder: Holding
    waiting: int
    def __init__(self, lock_id: _Optional[str] = ..., holder: _Optional[_Union[Holding, _Mapping]] = ..., waiting: _Optional[int] = ...) -> None: ...

class Holding(_message.Message):
    __slots__ = ["ticket", "fence", "owner", "kind", "request_time", "grant_time", "expire_time", "interrupted"]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REQUEST_TIME_FIELD_NUMBER: _ClassVar[int]
    GRANT_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    INTERRUPTED_FIELD_NUMBER: _ClassVar[int]
    ticket: int
    fence: int
    owner: str
    kind: HoldingKind
    request_time: _timestamp_pb2.Timestamp
    grant_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    interrupted: bool
    def __init__(self, ticket: _Optional[int] = ..., fence: _Optional[int] = ..., owner: _Optional[str] = ..., kind: _Optional[_Union[HoldingKind, str]] = ..., request_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., grant_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., interrupted: bool = ...) -> None: ...

class Waiter(_message.Message):
    __slots__ = ["ticket", "owner", "request_time"]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_TIME_FIELD_NUMBER: _ClassVar[int]
    ticket: int
    owner: str
    request_time: _timestamp_pb2.Timestamp
    def __init__(self, ticket: _Optional[int] = ..., owner: _Optional[str] = ..., request_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListLocksRequest(_message.Message):
    __slots__ = ["lock_id_prefix", "page_size", "page_token"]
    LOCK_ID_PREFIX_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    lock_id_prefix: str
    page_size: int
    page_token: str
    def __init__(self, lock_id_prefix: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListLocksResponse(_message.Message):
    __slots__ = ["locks", "next_page_token"]
    LOCKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    locks: _containers.RepeatedCompositeFieldContainer[Lock]
    next_page_token: str
    def __init__(self, locks: _Optional[_Iterable[_Union[Lock, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeleteLockRequest(_message.Message):
    __slots__ = ["lock_id", "fence"]
    LOCK_ID_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    lock_id: str
    fence: int
    def __init__(self, lock_id: _Optional[str] = ..., fence: _Optional[int] = ...) -> None: ...

class DeleteLockResponse(_message.Message):
    __slots__ = ["deleted"]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    deleted: bool
    def __init__(self, deleted: bool = ...) -> None: ...
