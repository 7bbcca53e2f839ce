"""The methods of Trackside's services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Optional, Type, TypeVar

from google.protobuf.message import Message

from trackside.v1 import cache_service_pb2 as cache
from trackside.v1 import lock_service_pb2 as lock
from trackside.v1 import pipeline_service_pb2 as pipeline
from trackside.v1 import queue_service_pb2 as queue
from trackside.v1 import record_service_pb2 as record
from trackside.v1 import store_service_pb2 as store
from trackside.v1 import tracker_service_pb2 as tracker

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)


@dataclass(frozen=True)
class Method(Generic[Request, Response]):
    """A method, and whether a call of it may be repeated while it is unknown whether it took effect: it gets
    the first result again, by its id, or nothing is different the second time."""

    path: str
    request: Type[Request]
    response: Type[Response]
    repeatable: bool
    frame_field: Optional[str]
    """Its field in the pipeline's frames; None where it has none."""


def _method(
    service: str, request: Type[Request], response: Type[Response], *, repeatable: bool = True
) -> Method[Request, Response]:
    name = request.DESCRIPTOR.name[: -len("Request")]
    return Method(f"/trackside.v1.{service}/{name}", request, response, repeatable, _frame_fields.get(name))


_frame_fields = {
    field.message_type.name[: -len("Request")]: field.name
    for field in pipeline.PipelineRequest.DESCRIPTOR.fields
    if field.message_type and field.message_type.name.endswith("Request")
}

_tracker = "TrackerService"
append_events = _method(_tracker, tracker.AppendEventsRequest, tracker.AppendEventsResponse)
get_tracker = _method(_tracker, tracker.GetTrackerRequest, tracker.GetTrackerResponse)
list_events = _method(_tracker, tracker.ListEventsRequest, tracker.ListEventsResponse)
list_conversations = _method(_tracker, tracker.ListConversationsRequest, tracker.ListConversationsResponse)
get_conversation = _method(_tracker, tracker.GetConversationRequest, tracker.GetConversationResponse)
delete_conversation = _method(_tracker, tracker.DeleteConversationRequest, tracker.DeleteConversationResponse)
redact_events = _method(_tracker, tracker.RedactEventsRequest, tracker.RedactEventsResponse)
truncate_conversation = _method(
    _tracker, tracker.TruncateConversationRequest, tracker.TruncateConversationResponse
)
subscribe_events = _method(_tracker, tracker.SubscribeEventsRequest, tracker.SubscribeEventsResponse)

_lock = "LockService"
acquire_lock = _method(_lock, lock.AcquireLockRequest, lock.AcquireLockResponse)
hold_lock = _method(_lock, lock.HoldLockRequest, lock.HoldLockResponse)
renew_lock = _method(_lock, lock.RenewLockRequest, lock.RenewLockResponse)
release_lock = _method(_lock, lock.ReleaseLockRequest, lock.ReleaseLockResponse)
get_lock = _method(_lock, lock.GetLockRequest, lock.GetLockResponse)
list_locks = _method(_lock, lock.ListLocksRequest, lock.ListLocksResponse)
delete_lock = _method(_lock, lock.DeleteLockRequest, lock.DeleteLockResponse, repeatable=False)

_queue = "QueueService"
push_messages = _method(_queue, queue.PushMessagesRequest, queue.PushMessagesResponse)
pop_message = _method(_queue, queue.PopMessageRequest, queue.PopMessageResponse, repeatable=False)
claim_messages = _method(_queue, queue.ClaimMessagesRequest, queue.ClaimMessagesResponse, repeatable=False)
ack_messages = _method(_queue, queue.AckMessagesRequest, queue.AckMessagesResponse)
nack_messages = _method(_queue, queue.NackMessagesRequest, queue.NackMessagesResponse)
extend_lease = _method(_queue, queue.ExtendLeaseRequest, queue.ExtendLeaseResponse)
consume_messages = _method(_queue, queue.ConsumeMessagesRequest, queue.ConsumeMessagesResponse)
get_queue = _method(_queue, queue.GetQueueRequest, queue.GetQueueResponse)
list_queues = _method(_queue, queue.ListQueuesRequest, queue.ListQueuesResponse)
peek_messages = _method(_queue, queue.PeekMessagesRequest, queue.PeekMessagesResponse)
purge_queue = _method(_queue, queue.PurgeQueueRequest, queue.PurgeQueueResponse, repeatable=False)
replay_parked_messages = _method(
    _queue, queue.ReplayParkedMessagesRequest, queue.ReplayParkedMessagesResponse, repeatable=False
)

_cache = "CacheService"
get_entry = _method(_cache, cache.GetEntryRequest, cache.GetEntryResponse)
set_entry = _method(_cache, cache.SetEntryRequest, cache.SetEntryResponse)
delete_entry = _method(_cache, cache.DeleteEntryRequest, cache.DeleteEntryResponse)
has_entry = _method(_cache, cache.HasEntryRequest, cache.HasEntryResponse)
batch_get_entries = _method(_cache, cache.BatchGetEntriesRequest, cache.BatchGetEntriesResponse)
batch_set_entries = _method(_cache, cache.BatchSetEntriesRequest, cache.BatchSetEntriesResponse)
batch_delete_entries = _method(
    _cache, cache.BatchDeleteEntriesRequest, cache.BatchDeleteEntriesResponse, repeatable=False
)
increment_entry = _method(_cache, cache.IncrementEntryRequest, cache.IncrementEntryResponse)
touch_entry = _method(_cache, cache.TouchEntryRequest, cache.TouchEntryResponse)
list_entry_keys = _method(_cache, cache.ListEntryKeysRequest, cache.ListEntryKeysResponse)
clear_entries = _method(_cache, cache.ClearEntriesRequest, cache.ClearEntriesResponse, repeatable=False)

_store = "StoreService"
describe_stores = _method(_store, store.DescribeStoresRequest, store.DescribeStoresResponse)

_record = "RecordService"
get_record = _method(_record, record.GetRecordRequest, record.GetRecordResponse)
set_record = _method(_record, record.SetRecordRequest, record.SetRecordResponse)
delete_record = _method(_record, record.DeleteRecordRequest, record.DeleteRecordResponse)
has_record = _method(_record, record.HasRecordRequest, record.HasRecordResponse)
batch_get_records = _method(_record, record.BatchGetRecordsRequest, record.BatchGetRecordsResponse)
batch_set_records = _method(_record, record.BatchSetRecordsRequest, record.BatchSetRecordsResponse)
list_record_keys = _method(_record, record.ListRecordKeysRequest, record.ListRecordKeysResponse)
clear_records = _method(_record, record.ClearRecordsRequest, record.ClearRecordsResponse, repeatable=False)
append_items = _method(_record, record.AppendItemsRequest, record.AppendItemsResponse)
list_items = _method(_record, record.ListItemsRequest, record.ListItemsResponse)
count_items = _method(_record, record.CountItemsRequest, record.CountItemsResponse)
