"""The tracker store: its interface, and what `save` does with whatever it is given."""

from __future__ import annotations

import asyncio
import copy
from typing import List

import pytest
from rasa.core.agent import Agent
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_stores.fixtures import LockStores, Stores, heard, log_of, said, say, session_start, talk, turn
from trackside.rasa import ConversationConflict, TrackerStore
from trackside.rasa.holdings import current_fence


async def test_a_conversation_comes_back_as_it_was_saved(stores: Stores, conversation: str) -> None:
    domain = Domain.from_dict({"slots": {"city": {"type": "text", "mappings": [{"type": "custom"}]}}})
    store = stores(domain=domain)
    tracker = await talk(store, conversation, "one")
    tracker.update(SlotSet("city", "Zürich"))
    tracker.update(UserUttered("hi", {"name": "greet"}, [{"entity": "e", "value": 1.5}], metadata={"k": [1]}))
    await store.save(tracker)
    read = await store.retrieve(conversation)
    assert read
    assert [event.as_dict() for event in read.events] == [event.as_dict() for event in tracker.events]
    assert read.current_state() == tracker.current_state()
    assert read.get_slot("city") == "Zürich"


async def test_a_session_begins_as_in_rasas_in_memory_store(store: TrackerStore, conversation: str) -> None:
    memory = InMemoryTrackerStore(Domain.empty())
    tracker = await talk(store, conversation, "one")
    tracker.update(SlotSet("session_started_metadata", {}))
    tracker.update_with_events(session_start(), None)
    say(tracker, "two")
    await store.save(tracker)
    await memory.save(tracker)
    for read in ("retrieve", "retrieve_full_tracker"):
        ours, theirs = await getattr(store, read)(conversation), await getattr(memory, read)(conversation)
        assert [event.as_dict() for event in ours.events] == [event.as_dict() for event in theirs.events]


async def test_new_conversations_exist_with_their_first_event(store: TrackerStore, conversation: str) -> None:
    assert not await store.exists(conversation)
    assert await store.retrieve(conversation) is None
    assert await store.retrieve_full_tracker(conversation) is None
    tracker = await store.get_or_create_tracker(conversation, append_action_listen=False)
    assert not tracker.events and not await store.exists(conversation)

    listening = await store.get_or_create_tracker(conversation)
    assert [event.as_dict()["name"] for event in listening.events] == ["action_listen"]
    assert await store.exists(conversation)
    again = await store.get_or_create_full_tracker(conversation)
    assert len(again.events) == 1
    assert conversation in await store.keys()


async def test_rasa_wraps_its_own_stores_and_not_this_one(store: TrackerStore) -> None:
    assert Agent(domain=Domain.empty(), tracker_store=store).tracker_store is store
    other = Agent(domain=Domain.empty(), tracker_store=InMemoryTrackerStore(Domain.empty())).tracker_store
    assert isinstance(other, FailSafeTrackerStore)
    assert await other.retrieve("nobody") is None


async def test_max_event_history_limits_what_a_tracker_holds_and_not_the_store(
    stores: Stores, conversation: str
) -> None:
    store = stores()
    await talk(store, conversation, "one")
    tracker = await store.get_or_create_tracker(conversation, max_event_history=3)
    assert len(tracker.events) == 3
    say(tracker, "two", "three")
    assert len(tracker.events) == 3
    await store.save(tracker)
    assert await said(store, conversation) == heard("one", "two", "three")

    tracker = await store.get_or_create_tracker(conversation)
    assert len(tracker.events) == 3
    assert tracker.latest_message and tracker.latest_message.text == "three"
    new = await store.get_or_create_tracker(f"{conversation}/new", append_action_listen=False)
    new.update_with_events(session_start() + turn("one"), None)
    await store.save(new)
    assert len(await log_of(store, f"{conversation}/new")) == 7


async def test_copies_of_all_kinds_are_not_doubled(stores: Stores, conversation: str) -> None:
    store = stores()
    tracker = await talk(store, conversation, "one", "two")
    before = await log_of(store, conversation)
    full = await store.retrieve_full_tracker(conversation)
    assert full
    for other in (
        tracker.copy(),
        copy.deepcopy(tracker),
        copy.deepcopy(full),
        tracker.travel_back_in_time(tracker.events[4].timestamp),
        copy.deepcopy(tracker).travel_back_in_time(tracker.events[4].timestamp),
        DialogueStateTracker.from_dict(conversation, [event.as_dict() for event in tracker.events]),
        DialogueStateTracker.from_events(conversation, list(tracker.events)[3:7]),
        DialogueStateTracker.from_events(conversation, []),
    ):
        await store.save(other)
        await stores().save(other)
        assert await log_of(store, conversation) == before


async def test_what_is_new_in_a_copy_stands_behind_the_log(stores: Stores, conversation: str) -> None:
    store = stores()
    tracker = await talk(store, conversation, "one", "two")
    earlier = tracker.travel_back_in_time(tracker.events[6].timestamp)
    assert len(earlier.events) == 7
    for n, other in enumerate((earlier, copy.deepcopy(earlier), copy.deepcopy(tracker), tracker.copy())):
        say(other, f"new {n}")
        await store.save(other)
        await store.save(copy.deepcopy(other))
    assert await said(store, conversation) == heard("one", "two", *(f"new {n}" for n in range(4)))


async def test_a_tracker_that_was_never_read_is_appended_whole(
    store: TrackerStore, conversation: str
) -> None:
    await talk(store, conversation, "one")
    await store.save(DialogueStateTracker.from_events(conversation, turn("two")))
    assert await said(store, conversation) == heard("one", "two")


async def test_one_tracker_saved_at_once_by_two_is_stored_once(stores: Stores, conversation: str) -> None:
    first, second = stores(), stores()
    tracker = await talk(first, conversation, "one")
    say(tracker, "two")
    await asyncio.gather(first.save(tracker), second.save(copy.deepcopy(tracker)), first.save(tracker.copy()))
    assert await said(first, conversation) == heard("one", "two")


async def test_an_event_that_is_said_again_is_stored_again(store: TrackerStore, conversation: str) -> None:
    tracker = await talk(store, conversation, "one")
    again = tracker.events[5]
    assert isinstance(again, BotUttered)
    tracker.update(again)
    tracker.update(again)
    for _ in range(2):
        await store.save(tracker)
    assert await said(store, conversation) == [*heard("one"), again.text, again.text]
    say(tracker, "two")
    await store.save(tracker)
    assert await said(store, conversation) == [*heard("one"), again.text, again.text, *heard("two")]


async def test_events_of_another_conversation_are_new(store: TrackerStore, conversation: str) -> None:
    tracker = await talk(store, conversation, "one")
    await store.save(DialogueStateTracker.from_events(f"{conversation}/2", list(tracker.events)))
    assert await said(store, f"{conversation}/2") == heard("one")


async def test_history_is_not_rewritten(store: TrackerStore, conversation: str) -> None:
    tracker = await talk(store, conversation, "one", "two")
    events: List[Event] = [*list(tracker.events)[:7], *turn("between"), *list(tracker.events)[7:]]
    with pytest.raises(ConversationConflict, match=f"conversation '{conversation}'.*'user' before event 8"):
        await store.save(DialogueStateTracker.from_events(conversation, events))
    assert await said(store, conversation) == heard("one", "two")


async def test_a_turn_sends_what_is_new_alone(store: TrackerStore, conversation: str) -> None:
    tracker = await talk(store, conversation, *(str(n) for n in range(50)))
    sent: List[int] = []
    call = store.client._caller.call

    async def count(method, request, *args):  # type: ignore[no-untyped-def]
        sent.append(len(getattr(request, "events", ())))
        return await call(method, request, *args)

    store.client._caller.call = count  # type: ignore[method-assign]
    say(tracker, "new")
    await store.save(tracker)
    await store.save(tracker)
    assert sent == [4]


async def test_the_fence_is_that_of_the_lock_around(
    store: TrackerStore, lock_stores: LockStores, conversation: str
) -> None:
    locks = lock_stores()
    async with locks.lock(conversation) as lock, locks.lock(f"{conversation}/2") as other:
        assert current_fence(conversation) == lock.fence
        assert current_fence(f"{conversation}/2") == other.fence
        assert await asyncio.create_task(fence_in_a_task(conversation)) == lock.fence
        await talk(store, conversation, "one")
    assert current_fence(conversation) is None
    info = await store.client.tracker(conversation).info()
    assert info and info.highest_fence == lock.fence


async def fence_in_a_task(conversation: str) -> object:
    return current_fence(conversation)


async def test_an_action_alone_is_a_conversation(store: TrackerStore, conversation: str) -> None:
    await store.save(DialogueStateTracker.from_events(conversation, [ActionExecuted("action_listen")]))
    read = await store.retrieve(conversation)
    assert read and len(read.events) == 1
