from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from trackside.v1 import event_pb2 as _event_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EventVerbosity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
    EVENT_VERBOSITY_UNSPECIFIED: _ClassVar[EventVerbosity]
    EVENT_VERBOSITY_NONE: _ClassVar[EventVerbosity]
    EVENT_VERBOSITY_APPLIED: _ClassVar[EventVerbosity]
    EVENT_VERBOSITY_AFTER_RESTART: _ClassVar[EventVerbosity]
    EVENT_VERBOSITY_ALL: _ClassVar[EventVerbosity]

class EventOrder(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
    EVENT_ORDER_UNSPECIFIED: _ClassVar[EventOrder]
    EVENT_ORDER_OLDEST_FIRST: _ClassVar[EventOrder]
    EVENT_ORDER_NEWEST_FIRST: _ClassVar[EventOrder]
EVENT_VERBOSITY_UNSPECIFIED: EventVerbosity
EVENT_VERBOSITY_NONE: EventVerbosity
EVENT_VERBOSITY_APPLIED: EventVerbosity
EVENT_VERBOSITY_AFTER_RESTART: EventVerbosity
EVENT_VERBOSITY_ALL: EventVerbosity
EVENT_ORDER_UNSPECIFIED: EventOrder
EVENT_ORDER_OLDEST_FIRST: EventOrder
EVENT_ORDER_NEWEST_FIRST: EventOrder

class AppendEventsRequest(_message.Message):
    __slots__ = ["conversation_id", "events", "append_id", "any", "no_events", "has_events", "sequence", "fence"]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    APPEND_ID_FIELD_NUMBER: _ClassVar[int]
    ANY_FIELD_NUMBER: _ClassVar[int]
    NO_EVENTS_FIELD_NUMBER: _ClassVar[int]
    HAS_EVENTS_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    events: _containers.RepeatedCompositeFieldContainer[_event_pb2.NewEvent]
    append_id: str
    any: _empty_pb2.Empty
    no_events: _empty_pb2.Empty
    has_events: _empty_pb2.Empty
    sequence: int
    fence: int
    def __init__(self, conversation_id: _Optional[str] = ..., events: _Optional[_Iterable[_Union[_event_pb2.NewEvent, _Mapping]]] = ..., append_id: _Optional[str] = ..., any: _Optional[_Union[_empty_pb2.Empty, _Mapping]] = ..., no_events: _Optional[_Union[_empty_pb2.Empty, _Mapping]] = ..., has_events: _Optional[_Union[_empty_pb2.Empty, _Mapping]] = ..., sequence: _Optional[int] = ..., fence: _Optional[int] = ...) -> None: ...

class AppendEventsResponse(_message.Message):
    __slots__ = ["append_id", "first_sequence", "last_sequence", "store_id", "partition", "first_position", "last_position", "store_time", "durability", "duplicate"]
    APPEND_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    STORE_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    FIRST_POSITION_FIELD_NUMBER: _ClassVar[int]
    LAST_POSITION_FIELD_NUMBER: _ClassVar[int]
    STORE_TIME_FIELD_NUMBER: _ClassVar[int]
    DURABILITY_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    append_id: str
    first_sequence: int
    last_sequence: int
    store_id: str
    partition: int
    first_position: int
    last_position: int
    store_time: _timestamp_pb2.Timestamp
    durability: _event_pb2.Durability
    duplicate: bool
    def __init__(self, append_id: _Optional[str] = ..., first_sequence: _Optional[int] = ..., last_sequence: _Optional[int] = ..., store_id: _Optional[str] = ..., partition: _Optional[int] = ..., first_position: _Optional[int] = ..., last_position: _Optional[int] = ..., store_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., durability: _Optional[_Union[_event_pb2.Durability, str]] = ..., duplicate: bool = ...) -> None: ...

class GetTrackerRequest(_message.Message):
    __slots__ = ["conversation_id", "all_sessions", "session_boundary", "event_verbosity", "until_time", "max_events", "include_state", "fence", "page_token", "known_revision"]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    ALL_SESSIONS_FIELD_NUMBER: _ClassVar[int]
    SESSION_BOUNDARY_FIELD_NUMBER: _ClassVar[int]
    EVENT_VERBOSITY_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    MAX_EVENTS_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_STATE_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    KNOWN_REVISION_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    all_sessions: bool
    session_boundary: _event_pb2.SessionBoundary
    event_verbosity: EventVerbosity
    until_time: _timestamp_pb2.Timestamp
    max_events: int
    include_state: bool
    fence: int
    page_token: str
    known_revision: str
    def __init__(self, conversation_id: _Optional[str] = ..., all_sessions: bool = ..., session_boundary: _Optional[_Union[_event_pb2.SessionBoundary, str]] = ..., event_verbosity: _Optional[_Union[EventVerbosity, str]] = ..., until_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., max_events: _Optional[int] = ..., include_state: bool = ..., fence: _Optional[int] = ..., page_token: _Optional[str] = ..., known_revision: _Optional[str] = ...) -> None: ...

class GetTrackerResponse(_message.Message):
    __slots__ = ["tracker", "next_page_token"]
    TRACKER_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tracker: Tracker
    next_page_token: str
    def __init__(self, tracker: _Optional[_Union[Tracker, _Mapping]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class Tracker(_message.Message):
    __slots__ = ["conversation_id", "sequence", "first_sequence", "events", "state", "revision", "continued"]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CONTINUED_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    sequence: int
    first_sequence: int
    events: _containers.RepeatedCompositeFieldContainer[_event_pb2.RecordedEvent]
    state: TrackerState
    revision: str
    continued: bool
    def __init__(self, conversation_id: _Optional[str] = ..., sequence: _Optional[int] = ..., first_sequence: _Optional[int] = ..., events: _Optional[_Iterable[_Union[_event_pb2.RecordedEvent, _Mapping]]] = ..., state: _Optional[_Union[TrackerState, _Mapping]] = ..., revision: _Optional[str] = ..., continued: bool = ...) -> None: ...

class TrackerState(_message.Message):
    __slots__ = ["slots", "latest_message", "latest_event_time", "followup_action", "paused", "active_loop", "latest_action", "latest_input_channel"]
    class SlotsEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    LATEST_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    LATEST_EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    FOLLOWUP_ACTION_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_LOOP_FIELD_NUMBER: _ClassVar[int]
    LATEST_ACTION_FIELD_NUMBER: _ClassVar[int]
    LATEST_INPUT_CHANNEL_FIELD_NUMBER: _ClassVar[int]
    slots: _containers.ScalarMap[str, str]
    latest_message: str
    latest_event_time: _timestamp_pb2.Timestamp
    followup_action: str
    paused: bool
    active_loop: ActiveLoop
    latest_action: LatestAction
    latest_input_channel: str
    def __init__(self, slots: _Optional[_Mapping[str, str]] = ..., latest_message: _Optional[str] = ..., latest_event_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., followup_action: _Optional[str] = ..., paused: bool = ..., active_loop: _Optional[_Union[ActiveLoop, _Mapping]] = ..., latest_action: _Optional[_Union[LatestAction, _Mapping]] = ..., latest_input_channel: _Optional[str] = ...) -> None: ...

class ActiveLoop(_message.Message):
    __slots__ = ["name", "is_interrupted", "rejected", "trigger_message"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    IS_INTERRUPTED_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    is_interrupted: bool
    rejected: bool
    trigger_message: str
    def __init__(self, name: _Optional[str] = ..., is_interrupted: bool = ..., rejected: bool = ..., trigger_message: _Optional[str] = ...) -> None: ...

class LatestAction(_message.Message):
    __slots__ = ["action_name", "action_text"]
    ACTION_NAME_FIELD_NUMBER: _ClassVar[int]
    ACTION_TEXT_FIELD_NUMBER: _ClassVar[int]
    action_name: str
    action_text: str
    def __init__(self, action_name: _Optional[str] = ..., action_text: _Optional[str] = ...) -> None: ...

class ListEventsRequest(_message.Message):
    __slots__ = ["conversation_id", "first_sequence", "last_sequence", "order", "types", "names", "page_size", "page_token"]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    first_sequence: int
    last_sequence: int
    order: EventOrder
    types: _containers.RepeatedScalarFieldContainer[str]
    names: _containers.RepeatedScalarFieldContainer[str]
    page_size: int
    page_token: str
    def __init__(self, conversation_id: _Optional[str] = ..., first_sequence: _Optional[int] = ..., last_sequence: _Optional[int] = ..., order: _Optional[_Union[EventOrder, str]] = ..., types: _Optional[_Iterable[str]] = ..., names: _Optional[_Iterable[str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEventsResponse(_message.Message):
    __slots__ = ["events", "next_page_token"]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_event_pb2.RecordedEvent]
    next_page_token: str
    def __init__(self, events: _Optional[_Iterable[_Union[_event_pb2.RecordedEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListConversationsRequest(_message.Message):
    __slots__ = ["conversation_id_prefix", "page_size", "page_token"]
    CONVERSATION_ID_PREFIX_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    conversation_id_prefix: str
    page_size: int
    page_token: str
    def __init__(self, conversation_id_prefix: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListConversationsResponse(_message.Message):
    __slots__ = ["conversations", "next_page_token"]
    CONVERSATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    conversations: _containers.RepeatedCompositeFieldContainer[Conversation]
    next_page_token: str
    def __init__(self, conversations: _Optional[_Iterable[_Union[Conversation, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetConversationRequest(_message.Message):
    __slots__ = ["conversation_id"]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    def __init__(self, conversation_id: _Optional[str] = ...) -> None: ...

class GetConversationResponse(_message.Message):
    __slots__ = ["conversation"]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ...) -> None: ...

class Conversation(_message.Message):
    __slots__ = ["conversation_id", "first_sequence", "last_sequence", "create_time", "update_time", "partition", "highest_fence"]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    HIGHEST_FENCE_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    first_sequence: int
    last_sequence: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    partition: int
    highest_fence: int
    def __init__(self, conversation_id: _Optional[str] = ..., first_sequence: _Optional[int] = ..., last_sequence: _Optional[int] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., partition: _Optional[int] = ..., highest_fence: _Optional[int] = ...) -> None: ...

class DeleteConversationRequest(_message.Message):
    __slots__ = ["conversation_id", "request_id", "expected_sequence"]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    request_id: str
    expected_sequence: int
    def __init__(self, conversation_id: _Optional[str] = ..., request_id: _Optional[str] = ..., expected_sequence: _Optional[int] = ...) -> None: ...

class DeleteConversationResponse(_message.Message):
    __slots__ = ["erasure"]
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    erasure: Erasure
    def __init__(self, erasure: _Optional[_Union[Erasure, _Mapping]] = ...) -> None: ...

class RedactEventsRequest(_message.Message):
    __slots__ = ["conversation_id", "sequences", "request_id"]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    sequences: _containers.RepeatedScalarFieldContainer[int]
    request_id: str
    def __init__(self, conversation_id: _Optional[str] = ..., sequences: _Optional[_Iterable[int]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RedactEventsResponse(_message.Message):
    __slots__ = ["erasure"]
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    erasure: Erasure
    def __init__(self, erasure: _Optional[_Union[Erasure, _Mapping]] = ...) -> None: ...

class TruncateConversationRequest(_message.Message):
    __slots__ = ["conversation_id", "first_kept_sequence", "request_id"]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_KEPT_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    first_kept_sequence: int
    request_id: str
    def __init__(self, conversation_id: _Optional[str] = ..., first_kept_sequence: _Optional[int] = ..., request_id: _Optional[str] = ...) -> None: ...

class TruncateConversationResponse(_message.Message):
    __slots__ = ["erasure"]
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    erasure: Erasure
    def __init__(self, erasure: _Optional[_Union[Erasure, _Mapping]] = ...) -> None: ...

class Erasure(_message.Message):
    __slots__ = ["store_id", "partition", "position", "sequences"]
    STORE_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    store_id: str
    partition: int
    position: int
    sequences: _containers.RepeatedCompositeFieldContainer[_event_pb2.SequenceRange]
    def __init__(self, store_id: _Optional[str] = ..., partition: _Optional[int] = ..., position: _Optional[int] = ..., sequences: _Optional[_Iterable[_Union[_event_pb2.SequenceRange, _Mapping]]] = ...) -> None: ...

class EventFilter(_message.Message):
    __slots__ = ["conversation_ids", "conversation_id_prefix", "types", "names"]
    CONVERSATION_IDS_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_ID_PREFIX_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    conversation_ids: _containers.RepeatedScalarFieldContainer[str]
    conversation_id_prefix: str
    types: _containers.RepeatedScalarFieldContainer[str]
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, conversation_ids: _Optional[_Iterable[str]] = ..., conversation_id_prefix: _Optional[str] = ..., types: _Optional[_Iterable[str]] = ..., names: _Optional[_Iterable[str]] = ...) -> None: ...

class SubscribeEventsRequest(_message.Message):
    __slots__ = ["filter", "beginning", "end", "cursor", "time", "max_batch_size", "heartbeat_interval"]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    BEGINNING_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    MAX_BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    filter: EventFilter
    beginning: _empty_pb2.Empty
    end: _empty_pb2.Empty
    cursor: str
    time: _timestamp_pb2.Timestamp
    max_batch_size: int
    heartbeat_interval: _duration_pb2.Duration
    def __init__(self, filter: _Optional[_Union[EventFilter, _Mapping]] = ..., beginning: _Optional[_Union[_empty_pb2.Empty, _Mapping]] = ..., end: _Optional[_Union[_empty_pb2.Empty, _Mapping]] = ..., cursor: _Optional[str] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., max_batch_size: _Optional[int] = ..., heartbeat_interval: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class SubscribeEventsResponse(_message.Message):
    __slots__ = ["confirmation", "events", "erased", "checkpoint", "caught_up", "fell_behind", "discontinuity"]
    CONFIRMATION_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    ERASED_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    FELL_BEHIND_FIELD_NUMBER: _ClassVar[int]
    DISCONTINUITY_FIELD_NUMBER: _ClassVar[int]
    confirmation: Confirmation
    events: EventBatch
    erased: ErasedEvents
    checkpoint: Checkpoint
    caught_up: CaughtUp
    fell_behind: FellBehind
    discontinuity: Discontinuity
    def __init__(self, confirmation: _Optional[_Union[Confirmation, _Mapping]] = ..., events: _Optional[_Union[EventBatch, _Mapping]] = ..., erased: _Optional[_Union[ErasedEvents, _Mapping]] = ..., checkpoint: _Optional[_Union[Checkpoint, _Mapping]] = ..., caught_up: _Optional[_Union[CaughtUp, _Mapping]] = ..., fell_behind: _Optional[_Union[FellBehind, _Mapping]] = ..., discontinuity: _Optional[_Union[Discontinuity, _Mapping]] = ...) -> None: ...

class Confirmation(_message.Message):
    __slots__ = ["store_id", "cursor", "heartbeat_interval"]
    STORE_ID_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    store_id: str
    cursor: str
    heartbeat_interval: _duration_pb2.Duration
    def __init__(self, store_id: _Optional[str] = ..., cursor: _Optional[str] = ..., heartbeat_interval: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class EventBatch(_message.Message):
    __slots__ = ["events", "cursor"]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_event_pb2.RecordedEvent]
    cursor: str
    def __init__(self, events: _Optional[_Iterable[_Union[_event_pb2.RecordedEvent, _Mapping]]] = ..., cursor: _Optional[str] = ...) -> None: ...

class ErasedEvents(_message.Message):
    __slots__ = ["conversation_id", "sequences", "deleted", "cursor"]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    sequences: _containers.RepeatedCompositeFieldContainer[_event_pb2.SequenceRange]
    deleted: bool
    cursor: str
    def __init__(self, conversation_id: _Optional[str] = ..., sequences: _Optional[_Iterable[_Union[_event_pb2.SequenceRange, _Mapping]]] = ..., deleted: bool = ..., cursor: _Optional[str] = ...) -> None: ...

class Checkpoint(_message.Message):
    __slots__ = ["cursor"]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    def __init__(self, cursor: _Optional[str] = ...) -> None: ...

class CaughtUp(_message.Message):
    __slots__ = ["cursor"]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    def __init__(self, cursor: _Optional[str] = ...) -> None: ...

class FellBehind(_message.Message):
    __slots__ = ["cursor"]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    def __init__(self, cursor: _Optional[str] = ...) -> None: ...

class Discontinuity(_message.Message):
    __slots__ = ["reason", "oldest_cursor", "end_cursor"]
    class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = []
        REASON_UNSPECIFIED: _ClassVar[Discontinuity.Reason]
        REASON_TRIMMED: _ClassVar[Discontinuity.Reason]
        REASON_ROLLED_BACK: _ClassVar[Discontinuity.Reason]
        REASON_EPOCH_CHANGED: _ClassVar[Discontinuity.Reason]
        REASON_OTHER_STORE: _ClassVar[Discontinuity.Reason]
    REASON_UNSPECIFIED: Discontinuity.Reason
    REASON_TRIMMED: Discontinuity.Reason
    REASON_ROLLED_BACK: Discontinuity.Reason
    REASON_EPOCH_CHANGED: Discontinuity.Reason
    REASON_OTHER_STORE: Discontinuity.Reason
    REASON_FIELD_NUMBER: _ClassVar[int]
    OLDEST_CURSOR_FIELD_NUMBER: _ClassVar[int]
    END_CURSOR_FIELD_NUMBER: _ClassVar[int]
    reason: Discontinuity.Reason
    oldest_cursor: str
    end_cursor: str
    def __init__(self, reason: _Optional[_Union[Discontinuity.Reason, str]] = ..., oldest_cursor: _Optional[str] = ..., end_cursor: _Optional[str] = ...) -> None: ...
