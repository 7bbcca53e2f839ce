"""Rasa's events as Trackside stores them, and back."""

from __future__ import annotations

import json
import logging
import math
from datetime import date, datetime
from typing import Any, Dict, Iterable, List, Optional, Tuple, Type

from rasa.shared.core.events import Event, ReminderCancelled, StoryExported
from rasa.shared.utils.common import all_subclasses

from trackside.events import Event as RecordedEvent
from trackside.events import NewEvent
from trackside.rasa.errors import UnstorableEvent
from trackside.values import to_json

log = logging.getLogger("trackside.rasa")

_MAX_NAME_BYTES = 1_024


def to_new_event(event: Event) -> NewEvent:
    """An event to append: Rasa's own dump of it, as JSON.

    What JSON has no form for is stored as what comes nearest, with a warning: sets and tuples as lists, dates
    as text, numbers of NumPy as numbers, NaN and Infinity as null. Raises UnstorableEvent for the rest.
    """
    data = dump(event)
    name = data.get("name")
    return NewEvent(
        type=data["event"],
        data=to_json(data),
        name=name if isinstance(name, str) and _fits(name) else "",
        time=event.timestamp if _is_time(event.timestamp) else None,
    )


def dump(event: Event) -> Dict[str, Any]:
    """The event as a JSON object, with the fields that Rasa's own dump leaves out."""
    data = event.as_dict()
    if isinstance(event, ReminderCancelled):
        data.update(name=event.name, intent=event.intent, entities=event.entities)
    elif isinstance(event, StoryExported):
        data["path"] = event.path
    return {key: _plain(value, event, key) for key, value in data.items()}


def to_rasa(event: RecordedEvent) -> Optional[Event]:
    """The event as Rasa's; None, with a warning, for one that Rasa doesn't know or that lacks what Rasa asks
    for."""
    try:
        data = event.json()
        known = _class_of(data.get("event"))
        if known is None:
            raise ValueError(f"Rasa has no event '{data.get('event')}'")
        if known is StoryExported:
            data.pop("path", None)  # Rasa would write the file at each replay.
        return known._from_parameters(data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        log.warning(
            "conversation '%s', event %d is left out: %s", event.conversation_id, event.sequence, error
        )
        return None


def to_rasas(events: Iterable[RecordedEvent]) -> List[Tuple[int, Optional[Event]]]:
    """The events as Rasa's, each with its sequence."""
    return [(event.sequence, to_rasa(event)) for event in events]


def likeness(event: Event) -> str:
    """What two objects for one event have in common, whatever Rasa adds to an event afterwards."""
    data = dump(event)
    for key in ("metadata", "parse_data"):
        data.pop(key, None)
    return json.dumps(data, sort_keys=True)


_classes: Dict[str, Type[Event]] = {}


def _class_of(type_name: Any) -> Optional[Type[Event]]:
    """Rasa looks through all its classes for each event; here they are looked through for a new name only."""
    if type_name not in _classes:
        _classes.update((known.type_name, known) for known in reversed(all_subclasses(Event)))
    return _classes.get(type_name)


def _plain(value: Any, event: Event, path: str) -> Any:
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _replaced(None, value, event, path)
    if isinstance(value, dict):
        return {_key(key, event, path): _plain(item, event, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, event, f"{path}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, (tuple, set, frozenset)):
        items = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
        return _replaced([_plain(item, event, path) for item in items], value, event, path)
    if isinstance(value, (date, datetime)):
        return _replaced(value.isoformat(), value, event, path)
    if type(value).__module__ == "numpy":
        return _plain(_replaced(value.tolist(), value, event, path), event, path)
    raise UnstorableEvent(
        f"event '{event.type_name}': {path} is a {type(value).__name__}, for which JSON has no form; "
        f"make it text, a number, a list or an object"
    )


def _key(key: Any, event: Event, path: str) -> str:
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, (bool, int, float)):
        return json.loads(json.dumps({key: None})).popitem()[0]  # type: ignore[no-any-return]
    raise UnstorableEvent(
        f"event '{event.type_name}': {path} has a key that is a {type(key).__name__}; make it text"
    )


def _replaced(form: Any, value: Any, event: Event, path: str) -> Any:
    log.warning(
        "event '%s': %s is a %s, which JSON has no form for; it is stored as %r",
        event.type_name,
        path,
        type(value).__name__,
        form,
    )
    return form


def _fits(name: str) -> bool:
    return len(name.encode("utf-8", "replace")) <= _MAX_NAME_BYTES and name.isprintable()


def _is_time(timestamp: Any) -> bool:
    """Whether a client's timestamp is one that can be sent; whatever it is stays in the dump."""
    return (
        isinstance(timestamp, (int, float))
        and not isinstance(timestamp, bool)
        and 0 <= timestamp < 253_402_300_800
    )
