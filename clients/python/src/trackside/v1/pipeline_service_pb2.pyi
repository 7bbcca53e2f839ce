from google.protobuf import duration_pb2 as _duration_pb2
from google.rpc import status_pb2 as _status_pb2
from trackside.v1 import cache_service_pb2 as _cache_service_pb2
from trackside.v1 import lock_service_pb2 as _lock_service_pb2
from trackside.v1 import queue_service_pb2 as _queue_service_pb2
from trackside.v1 import record_service_pb2 as _record_service_pb2
from trackside.v1 import store_service_pb2 as _store_service_pb2
from trackside.v1 import tracker_service_pb2 as _tracker_service_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PipelineRequest(_message.Message):
    __slots__ = ["call_id", "timeout", "cancel", "append_events", "get_tracker", "list_events", "list_conversations", "get_conversation", "delete_conversation", "redact_events", "truncate_conversation", "get_entry", "set_entry", "delete_entry", "has_entry", "batch_get_entries", "batch_set_entries", "batch_delete_entries", "increment_entry", "touch_entry", "list_entry_keys", "clear_entries", "get_record", "set_record", "delete_record", "has_record", "batch_get_records", "batch_set_records", "list_record_keys", "clear_records", "append_items", "list_items", "count_items", "acquire_lock", "renew_lock", "release_lock", "get_lock", "list_locks", "delete_lock", "hold_lock", "push_messages", "pop_message", "claim_messages", "ack_messages", "nack_messages", "extend_lease", "get_queue", "list_queues", "peek_messages", "purge_queue", "replay_parked_messages", "describe_stores"]
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    APPEND_EVENTS_FIELD_NUMBER: _ClassVar[int]
    GET_TRACKER_FIELD_NUMBER: _ClassVar[int]
    LIST_EVENTS_FIELD_NUMBER: _ClassVar[int]
    LIST_CONVERSATIONS_FIELD_NUMBER: _ClassVar[int]
    GET_CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    DELETE_CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    REDACT_EVENTS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATE_CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    GET_ENTRY_FIELD_NUMBER: _ClassVar[int]
    SET_ENTRY_FIELD_NUMBER: _ClassVar[int]
    DELETE_ENTRY_FIELD_NUMBER: _ClassVar[int]
    HAS_ENTRY_FIELD_NUMBER: _ClassVar[int]
    BATCH_GET_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    BATCH_SET_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    BATCH_DELETE_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    INCREMENT_ENTRY_FIELD_NUMBER: _ClassVar[int]
    TOUCH_ENTRY_FIELD_NUMBER: _ClassVar[int]
    LIST_ENTRY_KEYS_FIELD_NUMBER: _ClassVar[int]
    CLEAR_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    GET_RECORD_FIELD_NUMBER: _ClassVar[int]
    SET_RECORD_FIELD_NUMBER: _ClassVar[int]
    DELETE_RECORD_FIELD_NUMBER: _ClassVar[int]
    HAS_RECORD_FIELD_NUMBER: _ClassVar[int]
    BATCH_GET_RECORDS_FIELD_NUMBER: _ClassVar[int]
    BATCH_SET_RECORDS_FIELD_NUMBER: _ClassVar[int]
    LIST_RECORD_KEYS_FIELD_NUMBER: _ClassVar[int]
    CLEAR_RECORDS_FIELD_NUMBER: _ClassVar[int]
    APPEND_ITEMS_FIELD_NUMBER: _ClassVar[int]
    LIST_ITEMS_FIELD_NUMBER: _ClassVar[int]
    COUNT_ITEMS_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_LOCK_FIELD_NUMBER: _ClassVar[int]
    RENEW_LOCK_FIELD_NUMBER: _ClassVar[int]
    RELEASE_LOCK_FIELD_NUMBER: _ClassVar[int]
    GET_LOCK_FIELD_NUMBER: _ClassVar[int]
    LIST_LOCKS_FIELD_NUMBER: _ClassVar[int]
    DELETE_LOCK_FIELD_NUMBER: _ClassVar[int]
    HOLD_LOCK_FIELD_NUMBER: _ClassVar[int]
    PUSH_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    POP_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CLAIM_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    ACK_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    NACK_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    EXTEND_LEASE_FIELD_NUMBER: _ClassVar[int]
    GET_QUEUE_FIELD_NUMBER: _ClassVar[int]
    LIST_QUEUES_FIELD_NUMBER: _ClassVar[int]
    PEEK_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    PURGE_QUEUE_FIELD_NUMBER: _ClassVar[int]
    REPLAY_PARKED_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    DESCRIBE_STORES_FIELD_NUMBER: _ClassVar[int]
    call_id: int
    timeout: _duration_pb2.Duration
    cancel: PipelineCancellation
    append_events: _tracker_service_pb2.AppendEventsRequest
    get_tracker: _tracker_service_pb2.GetTrackerRequest
    list_events: _tracker_service_pb2.ListEventsRequest
    list_conversations: _tracker_service_pb2.ListConversationsRequest
    get_conversation: _tracker_service_pb2.GetConversationRequest
    delete_conversation: _tracker_service_pb2.DeleteConversationRequest
    redact_events: _tracker_service_pb2.RedactEventsRequest
    truncate_conversation: _tracker_service_pb2.TruncateConversationRequest
    get_entry: _cache_service_pb2.GetEntryRequest
    set_entry: _cache_service_pb2.SetEntryRequest
    delete_entry: _cache_service_pb2.DeleteEntryRequest
    has_entry: _cache_service_pb2.HasEntryRequest
    batch_get_entries: _cache_service_pb2.BatchGetEntriesRequest
    batch_set_entries: _cache_service_pb2.BatchSetEntriesRequest
    batch_delete_entries: _cache_service_pb2.BatchDeleteEntriesRequest
    increment_entry: _cache_service_pb2.IncrementEntryRequest
    touch_entry: _cache_service_pb2.TouchEntryRequest
    list_entry_keys: _cache_service_pb2.ListEntryKeysRequest
    clear_entries: _cache_service_pb2.ClearEntriesRequest
    get_record: _record_service_pb2.GetRecordRequest
    set_record: _record_service_pb2.SetRecordRequest
    delete_record: _record_service_pb2.DeleteRecordRequest
    has_record: _record_service_pb2.HasRecordRequest
    batch_get_records: _record_service_pb2.BatchGetRecordsRequest
    batch_set_records: _record_service_pb2.BatchSetRecordsRequest
    list_record_keys: _record_service_pb2.ListRecordKeysRequest
    clear_records: _record_service_pb2.ClearRecordsRequest
    append_items: _record_service_pb2.AppendItemsRequest
    list_items: _record_service_pb2.ListItemsRequest
    count_items: _record_service_pb2.CountItemsRequest
    acquire_lock: _lock_service_pb2.AcquireLockRequest
    renew_lock: _lock_service_pb2.RenewLockRequest
    release_lock: _lock_service_pb2.ReleaseLockRequest
    get_lock: _lock_service_pb2.GetLockRequest
    list_locks: _lock_service_pb2.ListLocksRequest
    delete_lock: _lock_service_pb2.DeleteLockRequest
    hold_lock: _lock_service_pb2.HoldLockRequest
    push_messages: _queue_service_pb2.PushMessagesRequest
    pop_message: _queue_service_pb2.PopMessageRequest
    claim_messages: _queue_service_pb2.ClaimMessagesRequest
    ack_messages: _queue_service_pb2.AckMessagesRequest
    nack_messages: _queue_service_pb2.NackMessagesRequest
    extend_lease: _queue_service_pb2.ExtendLeaseRequest
    get_queue: _queue_service_pb2.GetQueueRequest
    list_queues: _queue_service_pb2.ListQueuesRequest
    peek_messages: _queue_service_pb2.PeekMessagesRequest
    purge_queue: _queue_service_pb2.PurgeQueueRequest
    replay_parked_messages: _queue_service_pb2.ReplayParkedMessagesRequest
    describe_stores: _store_service_pb2.DescribeStoresRequest
    def __init__(self, call_id: _Optional[int] = ..., timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., cancel: _Optional[_Union[PipelineCancellation, _Mapping]] = ..., append_events: _Optional[_Union[_tracker_service_pb2.AppendEventsRequest, _Mapping]] = ..., get_tracker: _Optional[_Union[_tracker_service_pb2.GetTrackerRequest, _Mapping]] = ..., list_events: _Optional[_Union[_tracker_service_pb2.ListEventsRequest, _Mapping]] = ..., list_conversations: _Optional[_Union[_tracker_service_pb2.ListConversationsRequest, _Mapping]] = ..., get_conversation: _Optional[_Union[_tracker_service_pb2.GetConversationRequest, _Mapping]] = ..., delete_conversation: _Optional[_Union[_tracker_service_pb2.DeleteConversationRequest, _Mapping]] = ..., redact_events: _Optional[_Union[_tracker_service_pb2.RedactEventsRequest, _Mapping]] = ..., truncate_conversation: _Optional[_Union[_tracker_service_pb2.TruncateConversationRequest, _Mapping]] = ..., get_entry: _Optional[_Union[_cache_service_pb2.GetEntryRequest, _Mapping]] = ..., set_entry: _Optional[_Union[_cache_service_pb2.SetEntryRequest, _Mapping]] = ..., delete_entry: _Optional[_Union[_cache_service_pb2.DeleteEntryRequest, _Mapping]] = ..., has_entry: _Optional[_Union[_cache_service_pb2.HasEntryRequest, _Mapping]] = ..., batch_get_entries: _Optional[_Union[_cache_service_pb2.BatchGetEntriesRequest, _Mapping]] = ..., batch_set_entries: _Optional[_Union[_cache_service_pb2.BatchSetEntriesRequest, _Mapping]] = ..., batch_delete_entries: _Optional[_Union[_cache_service_pb2.BatchDeleteEntriesRequest, _Mapping]] = ..., increment_entry: _Optional[_Union[_cache_service_pb2.IncrementEntryRequest, _Mapping]] = ..., touch_entry: _Optional[_Union[_cache_service_pb2.TouchEntryRequest, _Mapping]] = ..., list_entry_keys: _Optional[_Union[_cache_service_pb2.ListEntryKeysRequest, _Mapping]] = ..., clear_entries: _Optional[_Union[_cache_service_pb2.ClearEntriesRequest, _Mapping]] = ..., get_record: _Optional[_Union[_record_service_pb2.GetRecordRequest, _Mapping]] = ..., set_record: _Optional[_Union[_record_service_pb2.SetRecordRequest, _Mapping]] = ..., delete_record: _Optional[_Union[_record_service_pb2.DeleteRecordRequest, _Mapping]] = ..., has_record: _Optional[_Union[_record_service_pb2.HasRecordRequest, _Mapping]] = ..., batch_get_records: _Optional[_Union[_record_service_pb2.BatchGetRecordsRequest, _Mapping]] = ..., batch_set_records: _Optional[_Union[_record_service_pb2.BatchSetRecordsRequest, _Mapping]] = ..., list_record_keys: _Optional[_Union[_record_service_pb2.ListRecordKeysRequest, _Mapping]] = ..., clear_records: _Optional[_Union[_record_service_pb2.ClearRecordsRequest, _Mapping]] = ..., append_items: _Optional[_Union[_record_service_pb2.AppendItemsRequest, _Mapping]] = ..., list_items: _Optional[_Union[_record_service_pb2.ListItemsRequest, _Mapping]] = ..., count_items: _Optional[_Union[_record_service_pb2.CountItemsRequest, _Mapping]] = ..., acquire_lock: _Optional[_Union[_lock_service_pb2.AcquireLockRequest, _Mapping]] = ..., renew_lock: _Optional[_Union[_lock_service_pb2.RenewLockRequest, _Mapping]] = ..., release_lock: _Optional[_Union[_lock_service_pb2.ReleaseLockRequest, _Mapping]] = ..., get_lock: _Optional[_Union[_lock_service_pb2.GetLockRequest, _Mapping]] = ..., list_locks: _Optional[_Union[_lock_service_pb2.ListLocksRequest, _Mapping]] = ..., delete_lock: _Optional[_Union[_lock_service_pb2.DeleteLockRequest, _Mapping]] = ..., hold_lock: _Optional[_Union[_lock_service_pb2.HoldLockRequest, _Mapping]] = ..., push_messages: _Optional[_Union[_queue_service_pb2.PushMessagesRequest, _Mapping]] = ..., pop_message: _Optional[_Union[_queue_service_pb2.PopMessageRequest, _Mapping]] = ..., claim_messages: _Optional[_Union[_queue_service_pb2.ClaimMessagesRequest, _Mapping]] = ..., ack_messages: _Optional[_Union[_queue_service_pb2.AckMessagesRequest, _Mapping]] = ..., nack_messages: _Optional[_Union[_queue_service_pb2.NackMessagesRequest, _Mapping]] = ..., extend_lease: _Optional[_Union[_queue_service_pb2.ExtendLeaseRequest, _Mapping]] = ..., get_queue: _Optional[_Union[_queue_service_pb2.GetQueueRequest, _Mapping]] = ..., list_queues: _Optional[_Union[_queue_service_pb2.ListQueuesRequest, _Mapping]] = ..., peek_messages: _Optional[_Union[_queue_service_pb2.PeekMessagesRequest, _Mapping]] = ..., purge_queue: _Optional[_Union[_queue_service_pb2.PurgeQueueRequest, _Mapping]] = ..., replay_parked_messages: _Optional[_Union[_queue_service_pb2.ReplayParkedMessagesRequest, _Mapping]] = ..., describe_stores: _Optional[_Union[_store_service_pb2.DescribeStoresRequest, _Mapping]] = ...) -> None: ...

class PipelineResponse(_message.Message):
    __slots__ = ["call_id", "confirmation", "status", "append_events", "get_tracker", "list_events", "list_conversations", "get_conversation", "delete_conversation", "redact_events", "truncate_conversation", "get_entry", "set_entry", "delete_entry", "has_entry", "batch_get_entries", "batch_set_entries", "batch_delete_entries", "increment_entry", "touch_entry", "list_entry_keys", "clear_entries", "get_record", "set_record", "delete_record", "has_record", "batch_get_records", "batch_set_records", "list_record_keys", "clear_records", "append_items", "list_items", "count_items", "acquire_lock", "renew_lock", "release_lock", "get_lock", "list_locks", "delete_lock", "hold_lock", "push_messages", "pop_message", "claim_messages", "ack_messages", "nack_messages", "extend_lease", "get_queue", "list_queues", "peek_messages", "purge_queue", "replay_parked_messages", "describe_stores"]
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    CONFIRMATION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    APPEND_EVENTS_FIELD_NUMBER: _ClassVar[int]
    GET_TRACKER_FIELD_NUMBER: _ClassVar[int]
    LIST_EVENTS_FIELD_NUMBER: _ClassVar[int]
    LIST_CONVERSATIONS_FIELD_NUMBER: _ClassVar[int]
    GET_CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    DELETE_CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    REDACT_EVENTS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATE_CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    GET_ENTRY_FIELD_NUMBER: _ClassVar[int]
    SET_ENTRY_FIELD_NUMBER: _ClassVar[int]
    DELETE_ENTRY_FIELD_NUMBER: _ClassVar[int]
    HAS_ENTRY_FIELD_NUMBER: _ClassVar[int]
    BATCH_GET_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    BATCH_SET_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    BATCH_DELETE_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    INCREMENT_ENTRY_FIELD_NUMBER: _ClassVar[int]
    TOUCH_ENTRY_FIELD_NUMBER: _ClassVar[int]
    LIST_ENTRY_KEYS_FIELD_NUMBER: _ClassVar[int]
    CLEAR_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    GET_RECORD_FIELD_NUMBER: _ClassVar[int]
    SET_RECORD_FIELD_NUMBER: _ClassVar[int]
    DELETE_RECORD_FIELD_NUMBER: _ClassVar[int]
    HAS_RECORD_FIELD_NUMBER: _ClassVar[int]
    BATCH_GET_RECORDS_FIELD_NUMBER: _ClassVar[int]
    BATCH_SET_RECORDS_FIELD_NUMBER: _ClassVar[int]
    LIST_RECORD_KEYS_FIELD_NUMBER: _ClassVar[int]
    CLEAR_RECORDS_FIELD_NUMBER: _ClassVar[int]
    APPEND_ITEMS_FIELD_NUMBER: _ClassVar[int]
    LIST_ITEMS_FIELD_NUMBER: _ClassVar[int]
    COUNT_ITEMS_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_LOCK_FIELD_NUMBER: _ClassVar[int]
    RENEW_LOCK_FIELD_NUMBER: _ClassVar[int]
    RELEASE_LOCK_FIELD_NUMBER: _ClassVar[int]
    GET_LOCK_FIELD_NUMBER: _ClassVar[int]
    LIST_LOCKS_FIELD_NUMBER: _ClassVar[int]
    DELETE_LOCK_FIELD_NUMBER: _ClassVar[int]
    HOLD_LOCK_FIELD_NUMBER: _ClassVar[int]
    PUSH_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    POP_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CLAIM_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    ACK_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    NACK_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    EXTEND_LEASE_FIELD_NUMBER: _ClassVar[int]
    GET_QUEUE_FIELD_NUMBER: _ClassVar[int]
    LIST_QUEUES_FIELD_NUMBER: _ClassVar[int]
    PEEK_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    PURGE_QUEUE_FIELD_NUMBER: _ClassVar[int]
    REPLAY_PARKED_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    DESCRIBE_STORES_FIELD_NUMBER: _ClassVar[int]
    call_id: int
    confirmation: PipelineConfirmation
    status: _status_pb2.Status
    append_events: _tracker_service_pb2.AppendEventsResponse
    get_tracker: _tracker_service_pb2.GetTrackerResponse
    list_events: _tracker_service_pb2.ListEventsResponse
    list_conversations: _tracker_service_pb2.ListConversationsResponse
    get_conversation: _tracker_service_pb2.GetConversationResponse
    delete_conversation: _tracker_service_pb2.DeleteConversationResponse
    redact_events: _tracker_service_pb2.RedactEventsResponse
    truncate_conversation: _tracker_service_pb2.TruncateConversationResponse
    get_entry: _cache_service_pb2.GetEntryResponse
    set_entry: _cache_service_pb2.SetEntryResponse
    delete_entry: _cache_service_pb2.DeleteEntryResponse
    has_entry: _cache_service_pb2.HasEntryResponse
    batch_get_entries: _cache_service_pb2.BatchGetEntriesResponse
    batch_set_entries: _cache_service_pb2.BatchSetEntriesResponse
    batch_delete_entries: _cache_service_pb2.BatchDeleteEntriesResponse
    increment_entry: _cache_service_pb2.IncrementEntryResponse
    touch_entry: _cache_service_pb2.TouchEntryResponse
    list_entry_keys: _cache_service_pb2.ListEntryKeysResponse
    clear_entries: _cache_service_pb2.ClearEntriesResponse
    get_record: _record_service_pb2.GetRecordResponse
    set_record: _record_service_pb2.SetRecordResponse
    delete_record: _record_service_pb2.DeleteRecordResponse
    has_record: _record_service_pb2.HasRecordResponse
    batch_get_records: _record_service_pb2.BatchGetRecordsResponse
    batch_set_records: _record_service_pb2.BatchSetRecordsResponse
    list_record_keys: _record_service_pb2.ListRecordKeysResponse
    clear_records: _record_service_pb2.ClearRecordsResponse
    append_items: _record_service_pb2.AppendItemsResponse
    list_items: _record_service_pb2.ListItemsResponse
    count_items: _record_service_pb2.CountItemsResponse
    acquire_lock: _lock_service_pb2.AcquireLockResponse
    renew_lock: _lock_service_pb2.RenewLockResponse
    release_lock: _lock_service_pb2.ReleaseLockResponse
    get_lock: _lock_service_pb2.GetLockResponse
    list_locks: _lock_service_pb2.ListLocksResponse
    delete_lock: _lock_service_pb2.DeleteLockResponse
    hold_lock: _lock_service_pb2.HoldLockResponse
    push_messages: _queue_service_pb2.PushMessagesResponse
    pop_message: _queue_service_pb2.PopMessageResponse
    claim_messages: _queue_service_pb2.ClaimMessagesResponse
    ack_messages: _queue_service_pb2.AckMessagesResponse
    nack_messages: _queue_service_pb2.NackMessagesResponse
    extend_lease: _queue_service_pb2.ExtendLeaseResponse
    get_queue: _queue_service_pb2.GetQueueResponse
    list_queues: _queue_service_pb2.ListQueuesResponse
    peek_messages: _queue_service_pb2.PeekMessagesResponse
    purge_queue: _queue_service_pb2.PurgeQueueResponse
    replay_parked_messages: _queue_service_pb2.ReplayParkedMessagesResponse
    describe_stores: _store_service_pb2.DescribeStoresResponse
    def __init__(self, call_id: _Optional[int] = ..., confirmation: _Optional[_Union[PipelineConfirmation, _Mapping]] = ..., status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., append_events: _Optional[_Union[_tracker_service_pb2.AppendEventsResponse, _Mapping]] = ..., get_tracker: _Optional[_Union[_tracker_service_pb2.GetTrackerResponse, _Mapping]] = ..., list_events: _Optional[_Union[_tracker_service_pb2.ListEventsResponse, _Mapping]] = ..., list_conversations: _Optional[_Union[_tracker_service_pb2.ListConversationsResponse, _Mapping]] = ..., get_conversation: _Optional[_Union[_tracker_service_pb2.GetConversationResponse, _Mapping]] = ..., delete_conversation: _Optional[_Union[_tracker_service_pb2.DeleteConversationResponse, _Mapping]] = ..., redact_events: _Optional[_Union[_tracker_service_pb2.RedactEventsResponse, _Mapping]] = ..., truncate_conversation: _Optional[_Union[_tracker_service_pb2.TruncateConversationResponse, _Mapping]] = ..., get_entry: _Optional[_Union[_cache_service_pb2.GetEntryResponse, _Mapping]] = ..., set_entry: _Optional[_Union[_cache_service_pb2.SetEntryResponse, _Mapping]] = ..., delete_entry: _Optional[_Union[_cache_service_pb2.DeleteEntryResponse, _Mapping]] = ..., has_entry: _Optional[_Union[_cache_service_pb2.HasEntryResponse, _Mapping]] = ..., batch_get_entries: _Optional[_Union[_cache_service_pb2.BatchGetEntriesResponse, _Mapping]] = ..., batch_set_entries: _Optional[_Union[_cache_service_pb2.BatchSetEntriesResponse, _Mapping]] = ..., batch_delete_entries: _Optional[_Union[_cache_service_pb2.BatchDeleteEntriesResponse, _Mapping]] = ..., increment_entry: _Optional[_Union[_cache_service_pb2.IncrementEntryResponse, _Mapping]] = ..., touch_entry: _Optional[_Union[_cache_service_pb2.TouchEntryResponse, _Mapping]] = ..., list_entry_keys: _Optional[_Union[_cache_service_pb2.ListEntryKeysResponse, _Mapping]] = ..., clear_entries: _Optional[_Union[_cache_service_pb2.ClearEntriesResponse, _Mapping]] = ..., get_record: _Optional[_Union[_record_service_pb2.GetRecordResponse, _Mapping]] = ..., set_record: _Optional[_Union[_record_service_pb2.SetRecordResponse, _Mapping]] = ..., delete_record: _Optional[_Union[_record_service_pb2.DeleteRecordResponse, _Mapping]] = ..., has_record: _Optional[_Union[_record_service_pb2.HasRecordResponse, _Mapping]] = ..., batch_get_records: _Optional[_Union[_record_service_pb2.BatchGetRecordsResponse, _Mapping]] = ..., batch_set_records: _Optional[_Union[_record_service_pb2.BatchSetRecordsResponse, _Mapping]] = ..., list_record_keys: _Optional[_Union[_record_service_pb2.ListRecordKeysResponse, _Mapping]] = ..., clear_records: _Optional[_Union[_record_service_pb2.ClearRecordsResponse, _Mapping]] = ..., append_items: _Optional[_Union[_record_service_pb2.AppendItemsResponse, _Mapping]] = ..., list_items: _Optional[_Union[_record_service_pb2.ListItemsResponse, _Mapping]] = ..., count_items: _Optional[_Union[_record_service_pb2.CountItemsResponse, _Mapping]] = ..., acquire_lock: _Optional[_Union[_lock_service_pb2.AcquireLockResponse, _Mapping]] = ..., renew_lock: _Optional[_Union[_lock_service_pb2.RenewLockResponse, _Mapping]] = ..., release_lock: _Optional[_Union[_lock_service_pb2.ReleaseLockResponse, _Mapping]] = ..., get_lock: _Optional[_Union[_lock_service_pb2.GetLockResponse, _Mapping]] = ..., list_locks: _Optional[_Union[_lock_service_pb2.ListLocksResponse, _Mapping]] = ..., delete_lock: _Optional[_Union[_lock_service_pb2.DeleteLockResponse, _Mapping]] = ..., hold_lock: _Optional[_Union[_lock_service_pb2.HoldLockResponse, _Mapping]] = ..., push_messages: _Optional[_Union[_queue_service_pb2.PushMessagesResponse, _Mapping]] = ..., pop_message: _Optional[_Union[_queue_service_pb2.PopMessageResponse, _Mapping]] = ..., claim_messages: _Optional[_Union[_queue_service_pb2.ClaimMessagesResponse, _Mapping]] = ..., ack_messages: _Optional[_Union[_queue_service_pb2.AckMessagesResponse, _Mapping]] = ..., nack_messages: _Optional[_Union[_queue_service_pb2.NackMessagesResponse, _Mapping]] = ..., extend_lease: _Optional[_Union[_queue_service_pb2.ExtendLeaseResponse, _Mapping]] = ..., get_queue: _Optional[_Union[_queue_service_pb2.GetQueueResponse, _Mapping]] = ..., list_queues: _Optional[_Union[_queue_service_pb2.ListQueuesResponse, _Mapping]] = ..., peek_messages: _Optional[_Union[_queue_service_pb2.PeekMessagesResponse, _Mapping]] = ..., purge_queue: _Optional[_Union[_queue_service_pb2.PurgeQueueResponse, _Mapping]] = ..., replay_parked_messages: _Optional[_Union[_queue_service_pb2.ReplayParkedMessagesResponse, _Mapping]] = ..., describe_stores: _Optional[_Union[_store_service_pb2.DescribeStoresResponse, _Mapping]] = ...) -> None: ...

class PipelineCancellation(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class PipelineConfirmation(_message.Message):
    __slots__ = ["max_calls"]
    MAX_CALLS_FIELD_NUMBER: _ClassVar[int]
    max_calls: int
    def __init__(self, max_calls: _Optional[int] = ...) -> None: ...
