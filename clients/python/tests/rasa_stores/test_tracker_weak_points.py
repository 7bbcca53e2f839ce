"""One test for each weak point of Rasa's tracker stores (W1 to W21), showing that it isn't here."""

from __future__ import annotations

import asyncio
import json
import math
import time
from datetime import datetime
from typing import Any, Dict, List

import pytest
from conftest import Sidecar
from rasa.core.agent import Agent
from rasa.core.tracker_store import TrackerStore as RasaTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    Event,
    ReminderCancelled,
    SlotSet,
    StoryExported,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from rasa_stores.fixtures import LockStores, Stores, heard, log_of, said, say, session_start, talk, turn
from trackside import FenceStale, InvalidRequest, NewEvent, TracksideError
from trackside.rasa import ConversationConflict, StoreMisconfigured, TrackerStore


def plain(tracker: DialogueStateTracker) -> List[Dict[str, Any]]:
    return [event.as_dict() for event in tracker.events]


async def test_w1_a_failed_read_is_an_error_and_never_an_empty_tracker(
    stores: Stores, fragile_sidecar: Sidecar, conversation: str
) -> None:
    store = stores(fragile_sidecar.address)
    await talk(store, conversation, "one")
    before = await log_of(store, conversation)
    agent = Agent(domain=Domain.empty(), tracker_store=store)

    fragile_sidecar.kill()
    patient, store.client = store.client, store.client.with_timeout(0.3)
    for read in (agent.tracker_store.retrieve, agent.tracker_store.retrieve_full_tracker):
        with pytest.raises(TracksideError):
            await read(conversation)
    with pytest.raises(TracksideError):
        await agent.tracker_store.get_or_create_tracker(conversation)
    with pytest.raises(TracksideError):
        await agent.tracker_store.keys()

    fragile_sidecar.start()
    store.client = patient
    assert await log_of(store, conversation) == before
    await talk(store, conversation, "two")
    assert await said(store, conversation) == heard("one", "two")


async def test_w2_a_failed_save_is_an_error_and_can_be_repeated(
    stores: Stores, fragile_sidecar: Sidecar, conversation: str
) -> None:
    store = stores(fragile_sidecar.address)
    agent = Agent(domain=Domain.empty(), tracker_store=store)
    tracker = await talk(store, conversation, "one")
    say(tracker, "two")

    fragile_sidecar.kill()
    patient, store.client = store.client, store.client.with_timeout(0.3)
    with pytest.raises(TracksideError):
        await agent.tracker_store.save(tracker)

    fragile_sidecar.start()
    store.client = patient
    await agent.tracker_store.save(tracker)
    assert await said(store, conversation) == heard("one", "two")


async def test_w3_two_writers_from_one_base_are_both_kept_whole(stores: Stores, conversation: str) -> None:
    first, second = stores(), stores()
    await talk(first, conversation, "one")
    a, b = await first.retrieve(conversation), await second.retrieve(conversation)
    assert a and b
    say(a, "a1", "a2")
    say(b, "b1", "b2", "b3")
    await first.save(a)
    await second.save(b)
    assert await said(first, conversation) == heard("one", "a1", "a2", "b1", "b2", "b3")

    writers = [stores() for _ in range(4)]
    trackers = [await writer.retrieve(conversation) for writer in writers]
    for n, tracker in enumerate(trackers):
        assert tracker
        say(tracker, f"{n}a", f"{n}b")
    await asyncio.gather(*(writer.save(tracker) for writer, tracker in zip(writers, trackers) if tracker))
    texts = (await said(first, conversation))[12:]
    assert sorted(texts[i : i + 4] for i in range(0, 16, 4)) == [heard(f"{n}a", f"{n}b") for n in range(4)]


async def test_w3_what_would_take_back_another_writers_events_is_a_conflict(
    stores: Stores, conversation: str
) -> None:
    first, second = stores(), stores()
    await talk(first, conversation, "one")
    a, b = await first.retrieve(conversation), await second.retrieve(conversation)
    assert a and b
    say(a, "a")
    b.update(ActionReverted())
    await first.save(a)
    with pytest.raises(ConversationConflict, match="4 events were appended behind event 7.*take them back"):
        await second.save(b)
    assert await said(first, conversation) == heard("one", "a")


async def test_w4_no_content_ends_the_process(store: TrackerStore, conversation: str) -> None:
    await talk(store, conversation, "one")
    poison = [
        NewEvent("note", {"event": "note"}),
        NewEvent("action", {"event": "action"}),
        NewEvent("slot", "{}"),
    ]
    await store.client.tracker(conversation).append(poison)
    tracker = await store.retrieve(conversation)
    assert tracker and len(tracker.events) == 7

    with pytest.raises(InvalidRequest, match="conversation_id"):
        await store.retrieve("nul\0")
    with pytest.raises(InvalidRequest, match="conversation_id"):
        await store.save(DialogueStateTracker.from_events("nul\0", turn("one")))


async def test_w5_earlier_sessions_stay(store: TrackerStore, conversation: str) -> None:
    tracker = await talk(store, conversation, "one")
    tracker.update_with_events(session_start(), None)
    say(tracker, "two")
    await store.save(tracker)

    session = await store.retrieve(conversation)
    assert session and len(session.events) == 7
    await talk(store, conversation, "three")
    full = await store.retrieve_full_tracker(conversation)
    assert full and len(full.events) == 18
    assert await said(store, conversation) == heard("one", "two", "three")


async def test_w6_a_full_tracker_is_not_doubled(stores: Stores, conversation: str) -> None:
    store = stores()
    tracker = await talk(store, conversation, "one")
    tracker.update_with_events(session_start(), None)
    say(tracker, "two")
    await store.save(tracker)
    before = await log_of(store, conversation)

    full = await store.retrieve_full_tracker(conversation)
    assert full
    await store.save(full)
    await stores().save(full)
    assert await log_of(store, conversation) == before
    say(full, "three")
    await stores().save(full)
    assert await said(store, conversation) == heard("one", "two", "three")


async def test_w7_the_same_tracker_saved_twice_is_not_doubled(store: TrackerStore, conversation: str) -> None:
    tracker = await talk(store, conversation, "one")
    before = await log_of(store, conversation)
    for _ in range(3):
        await store.save(tracker)
    assert await log_of(store, conversation) == before
    await asyncio.gather(*(store.save(tracker.copy()) for _ in range(3)))
    assert await log_of(store, conversation) == before


async def test_w8_put_events_are_all_there_once(store: TrackerStore, conversation: str) -> None:
    """The log is only added to: a list that doesn't continue it stands behind it, one that contradicts it is
    refused."""
    await talk(store, conversation, "one")
    stored = await log_of(store, conversation)

    def put(events: List[Dict[str, Any]]) -> DialogueStateTracker:
        return DialogueStateTracker.from_dict(conversation, events)

    dumps = [event.as_dict() for event in turn("two")]
    await store.save(put(dumps[:2]))
    assert [event.get("text") for event in (await log_of(store, conversation))[7:]] == ["two", None]
    await store.save(put(stored + dumps))
    await store.save(put(stored + dumps))
    assert await said(store, conversation) == heard("one", "two")

    edited = [*stored[:3], {**stored[3], "text": "edited"}, *stored[4:]]
    with pytest.raises(
        ConversationConflict, match="event 'user' before event 5.*delete the conversation first"
    ):
        await store.save(put(edited))
    await store.delete(conversation)
    await store.save(put(edited))
    assert await said(store, conversation) == ["edited", "You said: one"]


async def test_w9_times_of_clients_change_neither_order_nor_count(
    store: TrackerStore, conversation: str
) -> None:
    tracker = await talk(store, conversation, "one")
    old = UserUttered("an old message", timestamp=1.0)
    tracker.update(old)
    tracker.update(UserUttered("of the future", timestamp=time.time() + 1e6))
    tracker.update(UserUttered("of no time that there is", timestamp=1e300))
    for _ in range(3):
        await store.save(tracker)
    session = await store.retrieve(conversation)
    full = await store.retrieve_full_tracker(conversation)
    assert session and full
    assert plain(session) == plain(tracker) == plain(full)
    assert len(plain(full)) == 10


async def test_w10_times_keep_every_digit(store: TrackerStore, conversation: str) -> None:
    """Of MySQL's 4-byte FLOAT, which Trackside doesn't use: what can be shown is that times come back to the
    last bit."""
    base = 1_789_161_707.7147799
    sessions: List[Event] = []
    for n in range(4):
        for event in [*session_start(), *turn(str(n))]:
            event.timestamp = math.nextafter(base, math.inf) if sessions else base
            base = event.timestamp
            sessions.append(event)
    await store.save(DialogueStateTracker.from_events(conversation, sessions))
    full = await store.retrieve_full_tracker(conversation)
    session = await store.retrieve(conversation)
    assert full and [event.timestamp for event in full.events] == [event.timestamp for event in sessions]
    assert session and len(session.events) == 7
    assert await said(store, conversation) == heard("0", "1", "2", "3")


class Broker:
    """Keeps what is published, with what was stored at the time; fails while it is told to."""

    def __init__(self) -> None:
        self.published: List[Dict[str, Any]] = []
        self.fails = False

    def publish(self, event: Dict[str, Any]) -> None:
        if self.fails:
            raise RuntimeError("the broker is down")
        self.published.append(event)


async def test_w11_a_broker_that_fails_loses_no_turn(
    stores: Stores, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    broker = Broker()
    store = stores(broker=broker)
    await talk(store, conversation, "one")
    assert [event["event"] for event in broker.published] == [
        event["event"] for event in await log_of(store, conversation)
    ]
    assert {event["sender_id"] for event in broker.published} == {conversation}

    broker.fails = True
    await talk(store, conversation, "two")
    assert await said(store, conversation) == heard("one", "two")
    assert "the event broker failed" in caplog.text

    broker.fails = False
    tracker = await talk(store, conversation, "three")
    await store.save(tracker)
    await store.save((await store.retrieve_full_tracker(conversation)) or tracker)
    assert len(broker.published) == 7 + 4, "what is stored is published once"


async def test_w11_what_is_refused_is_not_published(stores: Stores, conversation: str) -> None:
    broker = Broker()
    store = stores(broker=broker)
    tracker = await talk(store, conversation, "one")
    await talk(stores(), conversation, "two")
    tracker.update(ActionReverted())
    with pytest.raises(ConversationConflict):
        await store.save(tracker)
    assert len(broker.published) == 7


async def test_w12_long_names_and_ids_are_stored(store: TrackerStore, conversation: str) -> None:
    long_id = conversation + "x" * (512 - len(conversation.encode()))
    tracker = await talk(store, long_id, "one")
    names = ["a" * 256, "ü" * 5_000, "with\na line"]
    for name in names:
        tracker.update(ActionExecuted(name))
    await store.save(tracker)
    read = await store.retrieve(long_id)
    assert read and [event.action_name for event in list(read.events)[-3:]] == names

    with pytest.raises(InvalidRequest, match="conversation_id"):
        await talk(store, long_id + "x", "one")


async def test_w13_conversations_have_no_size(store: TrackerStore, conversation: str) -> None:
    """A save of more than an append takes, a conversation larger than a document of MongoDB, an event over 64
    KB."""
    tracker = await talk(store, conversation, "one")
    for n in range(20):
        say(tracker, f"{n}:" + "x" * 450_000)
        await store.save(tracker)
    await store.save(
        DialogueStateTracker.from_events(conversation, [ActionExecuted(f"a{n}") for n in range(2_500)])
    )
    full = await store.retrieve_full_tracker(conversation)
    assert full and len(full.events) == 7 + 80 + 2_500
    assert sum(len(json.dumps(event.as_dict())) for event in full.events) > 16 << 20


async def test_w14_values_without_a_form_in_json_lose_no_turn(
    store: TrackerStore, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    tracker = await talk(store, conversation, "one")
    moment = datetime(2026, 1, 2, 3, 4, 5)
    tracker.update(SlotSet("set", {"b", "a"}))
    tracker.update(SlotSet("moment", {"at": moment, 1: (1, 2)}))
    tracker.update(SlotSet("number", [float("nan"), float("inf"), 1e308]))
    await store.save(tracker)
    values = [event["value"] for event in (await log_of(store, conversation))[7:]]
    assert values == [["a", "b"], {"at": moment.isoformat(), "1": [1, 2]}, [None, None, 1e308]]
    assert "value.at is a datetime" in caplog.text and "value[1] is a float" in caplog.text

    tracker.update(SlotSet("thing", {"of": object()}))
    with pytest.raises(Exception, match=r"event 'slot': value\.of is a object.*make it text"):
        await store.save(tracker)


def test_w15_a_store_that_cannot_be_made_stops_rasa(sidecar: Sidecar) -> None:
    """A package that can't be found at all, as of `tracksid.rasa`, stays Rasa's to report: nothing of ours is
    called."""

    def make(type_name: str, url: Any, **others: Any) -> RasaTrackerStore:
        return RasaTrackerStore.create(EndpointConfig(url, type=type_name, **others))

    assert isinstance(make("trackside.rasa.TrackerStore", sidecar.address), TrackerStore)
    assert isinstance(make("trackside.rasa.TrackerStore", None), TrackerStore)
    with pytest.raises(StoreMisconfigured, match="TrackerStor.*its stores are TrackerStore and LockStore"):
        make("trackside.rasa.TrackerStor", sidecar.address)
    with pytest.raises(StoreMisconfigured, match="tracker_store.*record_exp.*only key besides type is url"):
        make("trackside.rasa.TrackerStore", sidecar.address, record_exp=3600)
    with pytest.raises(StoreMisconfigured, match="tracker_store.url.*not an address"):
        make("trackside.rasa.TrackerStore", "nowhere")
    with pytest.raises(StoreMisconfigured, match="tracker_store.url"):
        make("trackside.rasa.TrackerStore", 7420)


async def test_w16_an_event_that_cannot_be_read_stops_no_save(
    store: TrackerStore, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    await talk(store, conversation, "one")
    await store.client.tracker(conversation).append([NewEvent("poison", {"event": "poison"})])
    await talk(store, conversation, "two")
    await talk(store, conversation, "three")
    assert await said(store, conversation) == heard("one", "two", "three")
    assert f"conversation '{conversation}', event 8 is left out: Rasa has no event 'poison'" in caplog.text


async def test_w17_reminders_and_exports_keep_their_fields(
    store: TrackerStore, conversation: str, tmp_path: Any
) -> None:
    tracker = await talk(store, conversation, "one")
    tracker.update(ReminderCancelled("tea", "remind", [{"entity": "cup", "value": 1}]))
    story = StoryExported()
    tracker.update(story)
    story.path = str(tmp_path / "story.yml")
    await store.save(tracker)

    cancelled, exported = (await log_of(store, conversation))[7:]
    assert [cancelled[key] for key in ("name", "intent", "entities")] == [
        "tea",
        "remind",
        [{"entity": "cup", "value": 1}],
    ]
    assert exported["path"] == story.path
    read = await store.retrieve(conversation)
    assert read
    again = read.events[7]
    assert isinstance(again, ReminderCancelled) and (again.name, again.intent) == ("tea", "remind")
    assert not (tmp_path / "story.yml").exists(), "reading writes no files"


async def test_w18_first_writers_at_once_make_one_conversation(stores: Stores, conversation: str) -> None:
    writers = [stores() for _ in range(5)]
    await asyncio.gather(*(talk(writer, conversation, str(n)) for n, writer in enumerate(writers)))
    listed = [found async for found in writers[0].client.conversations(conversation)]
    assert [found.conversation_id for found in listed] == [conversation]
    assert sorted(await said(writers[0], conversation)) == sorted(heard("0", "1", "2", "3", "4"))


async def test_w19_saves_are_atomic_and_nothing_expires_by_itself(stores: Stores, conversation: str) -> None:
    """There is no time to live to set: `record_exp` is refused by name, as W15's test shows."""
    first = stores()
    await talk(first, conversation, "one")

    async def write(n: int) -> None:
        store = stores()
        for i in range(5):
            await talk(store, conversation, f"{n}.{i}")

    await asyncio.gather(*(write(n) for n in range(4)))
    events = await log_of(first, conversation)
    assert len(events) == 7 + 4 * 5 * 4
    turns = [[event["event"] for event in events[i : i + 4]] for i in range(3, len(events), 4)]
    assert all(kinds == ["user", "action", "bot", "action"] for kinds in turns)
    for n in range(4):
        own = [
            event["text"]
            for event in events
            if event["event"] == "user" and event["text"].startswith(f"{n}.")
        ]
        assert own == [f"{n}.{i}" for i in range(5)]


async def test_w20_who_has_lost_the_lock_changes_nothing(
    stores: Stores, lock_stores: LockStores, conversation: str
) -> None:
    """The lock's own weak points are L1 to L8; this is what they would do to a conversation."""
    store, other = stores(), stores()
    locks, others = lock_stores(), lock_stores()
    await talk(store, conversation, "one")
    with_lock = locks.lock(conversation)
    await with_lock.__aenter__()
    slow = await store.retrieve(conversation)
    assert slow
    say(slow, "slow")
    others.delete_lock(conversation)

    read, go_on = asyncio.Event(), asyncio.Event()

    async def next_holder() -> None:
        async with others.lock(conversation):
            tracker = await other.retrieve(conversation)
            read.set()
            await go_on.wait()
            assert tracker
            say(tracker, "next")
            await other.save(tracker)

    following = asyncio.create_task(next_holder())
    await read.wait()
    for attempt in (store.save(slow), store.retrieve(conversation)):
        with pytest.raises(FenceStale):
            await attempt
    go_on.set()
    await following
    await with_lock.__aexit__(None, None, None)
    assert await said(store, conversation) == heard("one", "next")


async def test_w20_fences_grow_though_locks_in_memory_were_restarted(
    stores: Stores, lock_stores: LockStores, fragile_sidecar: Sidecar, conversation: str
) -> None:
    store, other = stores(fragile_sidecar.address), stores(fragile_sidecar.address)
    locks, others = lock_stores(fragile_sidecar.address), lock_stores(fragile_sidecar.address)
    locks.client = locks.client.with_timeout(0.5)
    with_lock = locks.lock(conversation)
    lock = await with_lock.__aenter__()
    slow = await talk(store, conversation, "one")
    say(slow, "slow")
    fragile_sidecar.kill()
    await asyncio.sleep(0.2)
    fragile_sidecar.start()

    async def next_holder() -> int:
        async with others.lock(conversation) as held:
            await talk(other, conversation, "next")
            return held.fence

    assert await asyncio.create_task(next_holder()) > lock.fence
    with pytest.raises(FenceStale):
        await store.save(slow)
    assert await said(store, conversation) == heard("one", "next")
    await with_lock.__aexit__(None, None, None)


async def test_w21_conversations_can_be_deleted_counted_and_paged(
    store: TrackerStore, conversation: str
) -> None:
    for n in range(3):
        await talk(store, f"{conversation}/{n}", "one")
    listed = [found async for found in store.client.conversations(f"{conversation}/")]
    assert [found.conversation_id for found in listed] == [f"{conversation}/{n}" for n in range(3)]
    assert [found.last_sequence for found in listed] == [7, 7, 7]

    open_tracker = await store.retrieve(f"{conversation}/1")
    assert open_tracker
    say(open_tracker, "two")
    await store.delete(f"{conversation}/1")
    assert not await store.exists(f"{conversation}/1")
    assert await store.retrieve(f"{conversation}/1") is None
    keys = list(await store.keys())
    assert f"{conversation}/0" in keys and f"{conversation}/1" not in keys

    await talk(store, f"{conversation}/1", "anew")
    with pytest.raises(ConversationConflict, match="event 7.*deleted or truncated"):
        await store.save(open_tracker)
    assert await said(store, f"{conversation}/1") == heard("anew")
