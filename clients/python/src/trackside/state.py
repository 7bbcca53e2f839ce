"""What Rasa calls a conversation's current state, derived from its events."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Dict, Optional

from trackside.times import to_datetime
from trackside.v1 import tracker_service_pb2 as pb


@dataclass(frozen=True)
class ActiveLoop:
    """A loop (form) that is running; `trigger_message` is the parse data of the message that started it."""

    name: str
    is_interrupted: bool
    rejected: bool
    trigger_message: Any


@dataclass(frozen=True)
class State:
    """The state after a stretch of events, all JSON parsed.

    `slots` are those of the sidecar's domain file, where one is configured, else those that an event sets.
    `latest_message` is the parse data of the last user message. An action has a name, or the text that an
    end-to-end policy answered with.
    """

    slots: Dict[str, Any]
    latest_message: Any
    latest_event_time: Optional[datetime]
    followup_action: Optional[str]
    paused: bool
    active_loop: Optional[ActiveLoop]
    latest_action_name: Optional[str]
    latest_action_text: Optional[str]
    latest_input_channel: Optional[str]


def state_of(message: pb.TrackerState) -> State:
    """A state, of its message."""
    action = message.latest_action
    return State(
        slots={name: json.loads(value) for name, value in message.slots.items()},
        latest_message=_parsed(message.latest_message),
        latest_event_time=(
            to_datetime(message.latest_event_time) if message.HasField("latest_event_time") else None
        ),
        followup_action=message.followup_action if message.HasField("followup_action") else None,
        paused=message.paused,
        active_loop=_loop_of(message.active_loop) if message.HasField("active_loop") else None,
        latest_action_name=action.action_name if action.HasField("action_name") else None,
        latest_action_text=action.action_text if action.HasField("action_text") else None,
        latest_input_channel=message.latest_input_channel
        if message.HasField("latest_input_channel")
        else None,
    )


def _loop_of(message: pb.ActiveLoop) -> ActiveLoop:
    return ActiveLoop(
        message.name, message.is_interrupted, message.rejected, _parsed(message.trigger_message)
    )


def _parsed(text: str) -> Any:
    return json.loads(text) if text else None
