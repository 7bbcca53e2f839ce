"""Reading again: only what is new is transferred, and a tracker is as if everything was."""

from __future__ import annotations

import random
from typing import Any, Dict, List

import pytest
from conftest import StartSidecar
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, EntitiesAdded, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_stores.fixtures import Stores, heard, say, session_start, talk
from trackside import NewEvent
from trackside.rasa import TrackerStore
from trackside.rasa.recent import Recent, Session


def dumps(tracker: DialogueStateTracker) -> List[Dict[str, Any]]:
    """All that is in a tracker's events."""
    return [event.as_dict() for event in tracker.events]


def same(tracker: Any, other: Any) -> bool:
    """Whether two readings are alike."""
    if tracker is None or other is None:
        return tracker is other
    return dumps(tracker) == dumps(other) and tracker.current_state() == other.current_state()


def counting(store: TrackerStore) -> List[int]:
    """How many events each answer to a reading has, from now on."""
    transferred: List[int] = []
    call = store.client._caller.call

    async def count(method, request, *args):  # type: ignore[no-untyped-def]
        response = await call(method, request, *args)
        if hasattr(response, "tracker"):
            transferred.append(len(response.tracker.events))
        return response

    store.client._caller.call = count  # type: ignore[method-assign]
    return transferred


async def test_a_second_reading_transfers_what_is_new_alone(stores: Stores, conversation: str) -> None:
    store, other = stores(), stores()
    await talk(store, conversation, *(str(n) for n in range(10)))
    transferred = counting(store)
    await store.retrieve(conversation)
    await store.retrieve(conversation)
    tracker = await talk(other, conversation, "new")
    read = await store.retrieve(conversation)
    assert same(read, tracker)
    await talk(store, conversation, "newer")
    await store.retrieve(conversation)
    assert transferred == [43, 0, 4, 0, 4]


async def test_what_a_tracker_does_to_its_events_stays_in_it(stores: Stores, conversation: str) -> None:
    domain = Domain.from_dict({"slots": {"list": {"type": "list", "mappings": [{"type": "custom"}]}}})
    store = stores(domain=domain)
    tracker = await store.get_or_create_tracker(conversation, append_action_listen=False)
    entity = {"entity": "city", "value": "Rome", "start": 0, "end": 4}
    tracker.update_with_events(
        [
            *session_start(),
            SlotSet("list", ["a"]),
            UserUttered("hi", {"name": "greet"}, [dict(entity)], metadata={"k": [1]}),
            EntitiesAdded([dict(entity, value="Milan")]),
            ActionExecuted("action_listen"),
        ],
        None,
    )
    await store.save(tracker)
    seen: List[Event] = []
    for _ in range(4):
        read = await store.retrieve(conversation)
        assert read and same(read, await stores(domain=domain).retrieve(conversation))
        assert not any(event is earlier for event in read.events for earlier in seen)
        seen.extend(read.events)
        for event in read.events:
            event.metadata["model_id"] = "another"
            event.timestamp = 0.0
            if isinstance(event, SlotSet):
                event.value.append("b")
            if isinstance(event, UserUttered):
                event.parse_data["text"] = "ho"
                event.parse_data["entities"].append(entity)
                event.entities.clear()
                event.intent["name"] = "bye"


async def test_what_was_erased_is_not_read_again(stores: Stores, conversation: str) -> None:
    store, other = stores(), stores().client.tracker(conversation)
    await talk(store, conversation, "secret", "two", "three")
    read = await store.retrieve(conversation)
    assert read and read.latest_message and read.latest_message.text == "three"
    await other.redact([4, 6])
    read = await store.retrieve(conversation)
    assert read and len(read.events) == 13 and "secret" not in str(dumps(read))
    await other.truncate(7)
    read = await store.retrieve(conversation)
    assert read and len(read.events) == 9
    await other.delete()
    assert await store.retrieve(conversation) is None
    await talk(store, conversation, "anew")
    read = await store.retrieve(conversation)
    assert read and len(read.events) == 7


async def test_what_is_deleted_here_is_forgotten_at_once(store: TrackerStore, conversation: str) -> None:
    await talk(store, conversation, "secret")
    await store.retrieve(conversation)
    assert store._recent.size > 0
    await store.delete(conversation)
    assert store._recent.size == 0


async def test_a_store_that_was_restarted_empty_is_read_anew(
    start_sidecar: StartSidecar, stores: Stores, conversation: str
) -> None:
    sidecar = start_sidecar("memory:")
    store = stores(sidecar.address)
    await talk(store, conversation, "one", "two")
    await store.retrieve(conversation)
    sidecar.kill()
    sidecar.start()
    assert await store.retrieve(conversation) is None
    await talk(stores(sidecar.address), conversation, "three", "four")
    read = await store.retrieve(conversation)
    assert read and [event["text"] for event in dumps(read) if "text" in event] == heard("three", "four")


async def test_events_that_rasa_does_not_know_stay_left_out(store: TrackerStore, conversation: str) -> None:
    other = store.client.tracker(conversation)
    await other.append([NewEvent("strange", {"event": "strange"})])
    for _ in range(2):
        read = await store.retrieve(conversation)
        assert read is not None and not read.events
    await talk(store, conversation, "one")
    read = await store.retrieve(conversation)
    assert read and len(read.events) == 7


async def test_events_of_any_class_can_be_read(stores: Stores, conversation: str) -> None:
    class Nodded(Event):
        """Of a class that can't be pickled."""

        type_name = "nodded"

        def as_story_string(self) -> None:
            return None

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Nodded)

        def apply_to(self, tracker: DialogueStateTracker) -> None:
            tracker.sender_source = "nodded"

    store = stores()
    tracker = await talk(store, conversation, "one")
    tracker.update(Nodded())
    await store.save(tracker)
    for _ in range(2):
        read = await store.retrieve(conversation)
        assert read and same(read, tracker) and read.sender_source == "nodded"


@pytest.mark.parametrize("seed", range(5))
async def test_every_reading_is_as_if_it_was_the_first(stores: Stores, conversation: str, seed: int) -> None:
    rng = random.Random(seed)
    store, other = stores(), stores()
    erasing = other.client.tracker(conversation)

    async def begin_session() -> None:
        tracker = await other.get_or_create_tracker(conversation, append_action_listen=False)
        tracker.update_with_events(session_start(), None)
        await other.save(tracker)

    async def erase() -> None:
        info = await erasing.info()
        if info is None:
            return
        at = rng.randint(info.first_sequence, info.last_sequence)
        what = rng.random()
        if what < 0.5:
            await erasing.redact([at])
        elif what < 0.8:
            await erasing.truncate(at)
        else:
            await erasing.delete()

    for step in range(60):
        what = rng.random()
        if what < 0.4:
            await talk(store, conversation, str(step))
        elif what < 0.7:
            await talk(other, conversation, str(step))
        elif what < 0.85:
            await begin_session()
        else:
            await erase()
        assert same(await store.retrieve(conversation), await stores().retrieve(conversation))


async def test_what_was_not_read_for_longest_goes_first(store: TrackerStore, conversation: str) -> None:
    sessions = {}
    for n in range(4):
        await talk(store, f"{conversation}/{n}", "one")
        await store.retrieve(f"{conversation}/{n}")
        sessions[n] = store._recent.get(f"{conversation}/{n}")
    recent = Recent(max_bytes=3 * sessions[0].size)
    for n in (0, 1, 2, 0, 3):
        recent.put(str(n), sessions[n])
    assert [recent.get(str(n)) for n in range(4)] == [sessions[0], Session(), sessions[2], sessions[3]]
    assert recent.size == sum(sessions[n].size for n in (0, 2, 3)) <= 3 * sessions[0].size
    small = Recent(max_bytes=10)
    small.put("0", sessions[0])
    assert (small.get("0"), small.size) == (Session(), 0)


async def test_a_long_session_is_bounded_too(store: TrackerStore, conversation: str) -> None:
    tracker = await talk(store, conversation, "one")
    store._recent = Recent(max_bytes=20_000)
    for n in range(30):
        say(tracker, f"{n}")
        await store.save(tracker)
        read = await store.retrieve(conversation)
        assert read and same(read, tracker)
        assert store._recent.size <= 20_000
