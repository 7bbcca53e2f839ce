from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from trackside.v1 import value_pb2 as _value_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MessageState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
    MESSAGE_STATE_UNSPECIFIED: _ClassVar[MessageState]
    MESSAGE_STATE_READY: _ClassVar[MessageState]
    MESSAGE_STATE_DELAYED: _ClassVar[MessageState]
    MESSAGE_STATE_IN_FLIGHT: _ClassVar[MessageState]
    MESSAGE_STATE_PARKED: _ClassVar[MessageState]

class ClaimEnd(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
    CLAIM_END_UNSPECIFIED: _ClassVar[ClaimEnd]
    CLAIM_END_EXPIRED: _ClassVar[ClaimEnd]
    CLAIM_END_ACKED: _ClassVar[ClaimEnd]
    CLAIM_END_NACKED: _ClassVar[ClaimEnd]
    CLAIM_END_PURGED: _ClassVar[ClaimEnd]
    CLAIM_END_DELETED: _ClassVar[ClaimEnd]
    CLAIM_END_UNKNOWN: _ClassVar[ClaimEnd]
MESSAGE_STATE_UNSPECIFIED: MessageState
MESSAGE_STATE_READY: MessageState
MESSAGE_STATE_DELAYED: MessageState
MESSAGE_STATE_IN_FLIGHT: MessageState
MESSAGE_STATE_PARKED: MessageState
CLAIM_END_UNSPECIFIED: ClaimEnd
CLAIM_END_EXPIRED: ClaimEnd
CLAIM_END_ACKED: ClaimEnd
CLAIM_END_NACKED: ClaimEnd
CLAIM_END_PURGED: ClaimEnd
CLAIM_END_DELETED: ClaimEnd
CLAIM_END_UNKNOWN: ClaimEnd

class Message(_message.Message):
    __slots__ = ["message_id", "value", "group_id", "dedup_id", "push_time", "ready_time", "attempts", "max_attempts"]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    DEDUP_ID_FIELD_NUMBER: _ClassVar[int]
    PUSH_TIME_FIELD_NUMBER: _ClassVar[int]
    READY_TIME_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    value: _value_pb2.Value
    group_id: str
    dedup_id: str
    push_time: _timestamp_pb2.Timestamp
    ready_time: _timestamp_pb2.Timestamp
    attempts: int
    max_attempts: int
    def __init__(self, message_id: _Optional[str] = ..., value: _Optional[_Union[_value_pb2.Value, _Mapping]] = ..., group_id: _Optional[str] = ..., dedup_id: _Optional[str] = ..., push_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., ready_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., attempts: _Optional[int] = ..., max_attempts: _Optional[int] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ["message", "receipt", "fence", "remaining"]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    message: Message
    receipt: str
    fence: int
    remaining: _duration_pb2.Duration
    def __init__(self, message: _Optional[_Union[Message, _Mapping]] = ..., receipt: _Optional[str] = ..., fence: _Optional[int] = ..., remaining: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class NewMessage(_message.Message):
    __slots__ = ["value", "group_id", "dedup_id", "delay", "max_attempts"]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    DEDUP_ID_FIELD_NUMBER: _ClassVar[int]
    DELAY_FIELD_NUMBER: _ClassVar[int]
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    value: _value_pb2.Value
    group_id: str
    dedup_id: str
    delay: _duration_pb2.Duration
    max_attempts: int
    def __init__(self, value: _Optional[_Union[_value_pb2.Value, _Mapping]] = ..., group_id: _Optional[str] = ..., dedup_id: _Optional[str] = ..., delay: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., max_attempts: _Optional[int] = ...) -> None: ...

class PushMessagesRequest(_message.Message):
    __slots__ = ["queue_id", "messages", "request_id"]
    QUEUE_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    queue_id: str
    messages: _containers.RepeatedCompositeFieldContainer[NewMessage]
    request_id: str
    def __init__(self, queue_id: _Optional[str] = ..., messages: _Optional[_Iterable[_Union[NewMessage, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...

class PushMessagesResponse(_message.Message):
    __slots__ = ["results"]
    class PushResult(_message.Message):
        __slots__ = ["message_id", "refused", "duplicate"]
        MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
        REFUSED_FIELD_NUMBER: _ClassVar[int]
        DUPLICATE_FIELD_NUMBER: _ClassVar[int]
        message_id: str
        refused: bool
        duplicate: bool
        def __init__(self, message_id: _Optional[str] = ..., refused: bool = ..., duplicate: bool = ...) -> None: ...
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[PushMessagesResponse.PushResult]
    def __init__(self, results: _Optional[_Iterable[_Union[PushMessagesResponse.PushResult, _Mapping]]] = ...) -> None: ...

class PopMessageRequest(_message.Message):
    __slots__ = ["queue_id", "wait_duration"]
    QUEUE_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_DURATION_FIELD_NUMBER: _ClassVar[int]
    queue_id: str
    wait_duration: _duration_pb2.Duration
    def __init__(self, queue_id: _Optional[str] = ..., wait_duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class PopMessageResponse(_message.Message):
    __slots__ = ["message"]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: Message
    def __init__(self, message: _Optional[_Union[Message, _Mapping]] = ...) -> None: ...

class ClaimMessagesRequest(_message.Message):
    __slots__ = ["queue_id", "max_messages", "lease", "wait_duration", "owner"]
    QUEUE_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    WAIT_DURATION_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    queue_id: str
    max_messages: int
    lease: _duration_pb2.Duration
    wait_duration: _duration_pb2.Duration
    owner: str
    def __init__(self, queue_id: _Optional[str] = ..., max_messages: _Optional[int] = ..., lease: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., wait_duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., owner: _Optional[str] = ...) -> None: ...

class ClaimMessagesResponse(_message.Message):
    __slots__ = ["deliveries"]
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    deliveries: _containers.RepeatedCompositeFieldContainer[Delivery]
    def __init__(self, deliveries: _Optional[_Iterable[_Union[Delivery, _Mapping]]] = ...) -> None: ...

class AckMessagesRequest(_message.Message):
    __slots__ = ["queue_id", "receipts"]
    QUEUE_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    queue_id: str
    receipts: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, queue_id: _Optional[str] = ..., receipts: _Optional[_Iterable[str]] = ...) -> None: ...

class AckMessagesResponse(_message.Message):
    __slots__ = ["results"]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ClaimResult]
    def __init__(self, results: _Optional[_Iterable[_Union[ClaimResult, _Mapping]]] = ...) -> None: ...

class ClaimResult(_message.Message):
    __slots__ = ["done", "cause"]
    DONE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    done: bool
    cause: ClaimEnd
    def __init__(self, done: bool = ..., cause: _Optional[_Union[ClaimEnd, str]] = ...) -> None: ...

class NackMessagesRequest(_message.Message):
    __slots__ = ["queue_id", "receipts", "delay"]
    QUEUE_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    DELAY_FIELD_NUMBER: _ClassVar[int]
    queue_id: str
    receipts: _containers.RepeatedScalarFieldContainer[str]
    delay: _duration_pb2.Duration
    def __init__(self, queue_id: _Optional[str] = ..., receipts: _Optional[_Iterable[str]] = ..., delay: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class NackMessagesResponse(_message.Message):
    __slots__ = ["results"]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ClaimResult]
    def __init__(self, results: _Optional[_Iterable[_Union[ClaimResult, _Mapping]]] = ...) -> None: ...

class ExtendLeaseRequest(_message.Message):
    __slots__ = ["queue_id", "receipt", "lease"]
    QUEUE_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    queue_id: str
    receipt: str
    lease: _duration_pb2.Duration
    def __init__(self, queue_id: _Optional[str] = ..., receipt: _Optional[str] = ..., lease: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ExtendLeaseResponse(_message.Message):
    __slots__ = ["remaining", "interrupted"]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    INTERRUPTED_FIELD_NUMBER: _ClassVar[int]
    remaining: _duration_pb2.Duration
    interrupted: bool
    def __init__(self, remaining: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., interrupted: bool = ...) -> None: ...

class ConsumeMessagesRequest(_message.Message):
    __slots__ = ["begin", "credits", "ack", "nack", "extend"]
    class Begin(_message.Message):
        __slots__ = ["queue_id", "lease", "credits", "owner"]
        QUEUE_ID_FIELD_NUMBER: _ClassVar[int]
        LEASE_FIELD_NUMBER: _ClassVar[int]
        CREDITS_FIELD_NUMBER: _ClassVar[int]
        OWNER_FIELD_NUMBER: _ClassVar[int]
        queue_id: str
        lease: _duration_pb2.Duration
        credits: int
        owner: str
        def __init__(self, queue_id: _Optional[str] = ..., lease: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., credits: _Optional[int] = ..., owner: _Optional[str] = ...) -> None: ...
    BEGIN_FIELD_NUMBER: _ClassVar[int]
    CREDITS_FIELD_NUMBER: _ClassVar[int]
    ACK_FIELD_NUMBER: _ClassVar[int]
    NACK_FIELD_NUMBER: _ClassVar[int]
    EXTEND_FIELD_NUMBER: _ClassVar[int]
    begin: ConsumeMessagesRequest.Begin
    credits: int
    ack: AckMessagesRequest
    nack: NackMessagesRequest
    extend: ExtendLeaseRequest
    def __init__(self, begin: _Optional[_Union[ConsumeMessagesRequest.Begin, _Mapping]] = ..., credits: _Optional[int] = ..., ack: _Optional[_Union[AckMessagesRequest, _Mapping]] = ..., nack: _Optional[_Union[NackMessagesRequest, _Mapping]] = ..., extend: _Optional[_Union[ExtendLeaseRequest, _Mapping]] = ...) -> None: ...

class ConsumeMessagesResponse(_message.Message):
    __slots__ = ["confirmation", "deliveries", "ack", "nack", "extend", "interrupted", "lost"]
    class Confirmation(_message.Message):
        __slots__ = ["lease"]
        LEASE_FIELD_NUMBER: _ClassVar[int]
        lease: _duration_pb2.Duration
        def __init__(self, lease: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...
    class Deliveries(_message.Message):
        __slots__ = ["deliveries"]
        DELIVERIES_FIELD_NUMBER: _ClassVar[int]
        deliveries: _containers.RepeatedCompositeFieldContainer[Delivery]
        def __init__(self, deliveries: _Optional[_Iterable[_Union[Delivery, _Mapping]]] = ...) -> None: ...
    class Extended(_message.Message):
        __slots__ = ["receipt", "remaining", "cause", "interrupted"]
        RECEIPT_FIELD_NUMBER: _ClassVar[int]
        REMAINING_FIELD_NUMBER: _ClassVar[int]
        CAUSE_FIELD_NUMBER: _ClassVar[int]
        INTERRUPTED_FIELD_NUMBER: _ClassVar[int]
        receipt: str
        remaining: _duration_pb2.Duration
        cause: ClaimEnd
        interrupted: bool
        def __init__(self, receipt: _Optional[str] = ..., remaining: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., cause: _Optional[_Union[ClaimEnd, str]] = ..., interrupted: bool = ...) -> None: ...
    class Interrupted(_message.Message):
        __slots__ = ["receipt"]
        RECEIPT_FIELD_NUMBER: _ClassVar[int]
        receipt: str
        def __init__(self, receipt: _Optional[str] = ...) -> None: ...
    class Lost(_message.Message):
        __slots__ = ["receipt", "cause"]
        RECEIPT_FIELD_NUMBER: _ClassVar[int]
        CAUSE_FIELD_NUMBER: _ClassVar[int]
        receipt: str
        cause: ClaimEnd
        def __init__(self, receipt: _Optional[str] = ..., cause: _Optional[_Union[ClaimEnd, str]] = ...) -> None: ...
    CONFIRMATION_FIELD_NUMBER: _ClassVar[int]
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    ACK_FIELD_NUMBER: _ClassVar[int]
    NACK_FIELD_NUMBER: _ClassVar[int]
    EXTEND_FIELD_NUMBER: _ClassVar[int]
    INTERRUPTED_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    confirmation: ConsumeMessagesResponse.Confirmation
    deliveries: ConsumeMessagesResponse.Deliveries
    ack: AckMessagesResponse
    nack: NackMessagesResponse
    extend: ConsumeMessagesResponse.Extended
    interrupted: ConsumeMessagesResponse.Interrupted
    lost: ConsumeMessagesResponse.Lost
    def __init__(self, confirmation: _Optional[_Union[ConsumeMessagesResponse.Confirmation, _Mapping]] = ..., deliveries: _Optional[_Union[ConsumeMessagesResponse.Deliveries, _Mapping]] = ..., ack: _Optional[_Union[AckMessagesResponse, _Mapping]] = ..., nack: _Optional[_Union[NackMessagesResponse, _Mapping]] = ..., extend: _Optional[_Union[ConsumeMessagesResponse.Extended, _Mapping]] = ..., interrupted: _Optional[_Union[ConsumeMessagesResponse.Interrupted, _Mapping]] = ..., lost: _Optional[_Union[ConsumeMessagesResponse.Lost, _Mapping]] = ...) -> None: ...

class GetQueueRequest(_message.Message):
    __slots__ = ["queue_id"]
    QUEUE_ID_FIELD_NUMBER: _ClassVar[int]
    queue_id: str
    def __init__(self, queue_id: _Optional[str] = ...) -> None: ...

class GetQueueResponse(_message.Message):
    __slots__ = ["queue"]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    queue: Queue
    def __init__(self, queue: _Optional[_Union[Queue, _Mapping]] = ...) -> None: ...

class Queue(_message.Message):
    __slots__ = ["queue_id", "ready", "in_flight", "delayed", "parked", "oldest_push_time", "oldest_age"]
    QUEUE_ID_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    DELAYED_FIELD_NUMBER: _ClassVar[int]
    PARKED_FIELD_NUMBER: _ClassVar[int]
    OLDEST_PUSH_TIME_FIELD_NUMBER: _ClassVar[int]
    OLDEST_AGE_FIELD_NUMBER: _ClassVar[int]
    queue_id: str
    ready: int
    in_flight: int
    delayed: int
    parked: int
    oldest_push_time: _timestamp_pb2.Timestamp
    oldest_age: _duration_pb2.Duration
    def __init__(self, queue_id: _Optional[str] = ..., ready: _Optional[int] = ..., in_flight: _Optional[int] = ..., delayed: _Optional[int] = ..., parked: _Optional[int] = ..., oldest_push_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., oldest_age: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ListQueuesRequest(_message.Message):
    __slots__ = ["queue_id_prefix", "page_size", "page_token"]
    QUEUE_ID_PREFIX_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    queue_id_prefix: str
    page_size: int
    page_token: str
    def __init__(self, queue_id_prefix: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListQueuesResponse(_message.Message):
    __slots__ = ["queues", "next_page_token"]
    QUEUES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    queues: _containers.RepeatedCompositeFieldContainer[Queue]
    next_page_token: str
    def __init__(self, queues: _Optional[_Iterable[_Union[Queue, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class PeekMessagesRequest(_message.Message):
    __slots__ = ["queue_id", "state", "page_size", "page_token"]
    QUEUE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    queue_id: str
    state: MessageState
    page_size: int
    page_token: str
    def __init__(self, queue_id: _Optional[str] = ..., state: _Optional[_Union[MessageState, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class PeekMessagesResponse(_message.Message):
    __slots__ = ["messages", "next_page_token"]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[Message]
    next_page_token: str
    def __init__(self, messages: _Optional[_Iterable[_Union[Message, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class PurgeQueueRequest(_message.Message):
    __slots__ = ["queue_id", "states"]
    QUEUE_ID_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    queue_id: str
    states: _containers.RepeatedScalarFieldContainer[MessageState]
    def __init__(self, queue_id: _Optional[str] = ..., states: _Optional[_Iterable[_Union[MessageState, str]]] = ...) -> None: ...

class PurgeQueueResponse(_message.Message):
    __slots__ = ["purged"]
    PURGED_FIELD_NUMBER: _ClassVar[int]
    purged: int
    def __init__(self, purged: _Optional[int] = ...) -> None: ...

class ReplayParkedMessagesRequest(_message.Message):
    __slots__ = ["queue_id", "message_ids"]
    QUEUE_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_IDS_FIELD_NUMBER: _ClassVar[int]
    queue_id: str
    message_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, queue_id: _Optional[str] = ..., message_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ReplayParkedMessagesResponse(_message.Message):
    __slots__ = ["replayed"]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    replayed: int
    def __init__(self, replayed: _Optional[int] = ...) -> None: ...
