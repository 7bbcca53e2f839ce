from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SessionBoundary(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
    SESSION_BOUNDARY_UNSPECIFIED: _ClassVar[SessionBoundary]
    SESSION_BOUNDARY_ACTION_SESSION_START: _ClassVar[SessionBoundary]
    SESSION_BOUNDARY_SESSION_STARTED: _ClassVar[SessionBoundary]

class Durability(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
    DURABILITY_UNSPECIFIED: _ClassVar[Durability]
    DURABILITY_PERSISTED: _ClassVar[Durability]
    DURABILITY_JOURNALED: _ClassVar[Durability]
    DURABILITY_VOLATILE: _ClassVar[Durability]
    DURABILITY_REPLICATED: _ClassVar[Durability]
SESSION_BOUNDARY_UNSPECIFIED: SessionBoundary
SESSION_BOUNDARY_ACTION_SESSION_START: SessionBoundary
SESSION_BOUNDARY_SESSION_STARTED: SessionBoundary
DURABILITY_UNSPECIFIED: Durability
DURABILITY_PERSISTED: Durability
DURABILITY_JOURNALED: Durability
DURABILITY_VOLATILE: Durability
DURABILITY_REPLICATED: Durability

class NewEvent(_message.Message):
    __slots__ = ["type", "name", "event_time", "data", "metadata"]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    type: str
    name: str
    event_time: _timestamp_pb2.Timestamp
    data: str
    metadata: str
    def __init__(self, type: _Optional[str] = ..., name: _Optional[str] = ..., event_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., data: _Optional[str] = ..., metadata: _Optional[str] = ...) -> None: ...

class RecordedEvent(_message.Message):
    __slots__ = ["conversation_id", "sequence", "type", "name", "event_time", "data", "metadata", "store_time", "append_id", "partition", "position"]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    STORE_TIME_FIELD_NUMBER: _ClassVar[int]
    APPEND_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    sequence: int
    type: str
    name: str
    event_time: _timestamp_pb2.Timestamp
    data: str
    metadata: str
    store_time: _timestamp_pb2.Timestamp
    append_id: str
    partition: int
    position: int
    def __init__(self, conversation_id: _Optional[str] = ..., sequence: _Optional[int] = ..., type: _Optional[str] = ..., name: _Optional[str] = ..., event_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., data: _Optional[str] = ..., metadata: _Optional[str] = ..., store_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., append_id: _Optional[str] = ..., partition: _Optional[int] = ..., position: _Optional[int] = ...) -> None: ...

class SequenceRange(_message.Message):
    __slots__ = ["first", "last"]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    first: int
    last: int
    def __init__(self, first: _Optional[int] = ..., last: _Optional[int] = ...) -> None: ...
