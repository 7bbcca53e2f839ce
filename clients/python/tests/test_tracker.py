from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from trackside import (
    AppendIdReused,
    FenceStale,
    InvalidRequest,
    NewEvent,
    NotFound,
    SequenceConflict,
    TooLarge,
    Trackside,
    VersionConflict,
)
from trackside._transport.words import word_of
from trackside.v1.lock_service_pb2 import HoldingEnd

hi = NewEvent("user", {"event": "user", "text": "hi"})
ho = NewEvent("bot", {"event": "bot", "text": "ho"})


async def test_events_come_back_as_they_were_appended(t: Trackside, name: str) -> None:
    time = datetime(2024, 2, 29, 12, 30, 15, 123_456, tzinfo=timezone.utc)
    text = '{ "b": 1.0, "a": 12345678901234567890, "ü": "\\u00fc" }'
    appended = await t.tracker(name).append([NewEvent("slot", text, "size", time, "mine"), hi])
    assert (appended.first_sequence, appended.last_sequence, appended.duplicate) == (1, 2, False)
    assert appended.last_position - appended.first_position == 1
    assert appended.durability in ("persisted", "volatile")
    assert abs(appended.store_time - datetime.now(timezone.utc)) < timedelta(minutes=1)
    first, second = (await t.tracker(name).get()).events
    assert (first.conversation_id, first.sequence, first.type, first.name) == (name, 1, "slot", "size")
    assert (first.time, first.data, first.metadata) == (time, text, "mine")
    assert (first.append_id, first.partition) == (appended.append_id, appended.partition)
    assert (first.position, first.store_time) == (appended.first_position, appended.store_time)
    assert first.json() == {"b": 1.0, "a": 12345678901234567890, "ü": "ü"}
    assert (second.name, second.metadata, second.time) == ("", "", second.store_time)
    assert second.data == '{"event":"user","text":"hi"}'


async def test_times_may_be_seconds_as_time_time_tells_them(t: Trackside, name: str) -> None:
    await t.tracker(name).append([NewEvent("user", "{}", time=1_700_000_000.123456)])
    (event,) = (await t.tracker(name).get()).events
    assert event.time.timestamp() == 1_700_000_000.123456


async def test_a_time_without_zone_is_refused(t: Trackside, name: str) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        await t.tracker(name).append([NewEvent("user", "{}", time=datetime(2024, 1, 1))])


async def test_not_a_number_is_refused(t: Trackside, name: str) -> None:
    with pytest.raises(ValueError):
        await t.tracker(name).append([NewEvent("slot", {"value": float("nan")})])


async def test_an_append_happens_only_if_what_it_expects_holds(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    with pytest.raises(SequenceConflict) as none_yet:
        await tracker.append([hi], expect="has_events")
    assert (none_yet.value.expected, none_yet.value.actual) == ("has_events", 0)
    await tracker.append([hi], expect="no_events")
    with pytest.raises(SequenceConflict):
        await tracker.append([hi], expect=0)
    with pytest.raises(SequenceConflict, match="expected 7, but its sequence is 1") as conflict:
        await tracker.append([hi], expect=7)
    assert isinstance(conflict.value, VersionConflict)
    assert (conflict.value.expected, conflict.value.actual) == ("7", 1)
    await tracker.append([ho], expect=1)
    await tracker.append([hi], expect="has_events")
    assert (await tracker.get()).sequence == 3


async def test_a_snapshots_sequence_is_what_the_next_append_expects(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    for _ in range(2):
        await tracker.append([hi], expect=(await tracker.get()).sequence)
    await tracker.delete()
    empty = await tracker.get()
    assert (empty.sequence, empty.first_sequence, empty.events, empty.state) == (0, 0, [], None)
    assert (await tracker.append([hi], expect=empty.sequence)).first_sequence == 3


async def test_an_append_id_is_stored_once(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    first = await tracker.append([hi, ho], append_id="turn 1")
    again = await tracker.append([hi, ho], append_id="turn 1")
    assert again.duplicate and (again.first_sequence, again.last_sequence) == (1, 2)
    assert again.store_time == first.store_time
    with pytest.raises(AppendIdReused) as reused:
        await tracker.append([ho], append_id="turn 1")
    assert (reused.value.first_sequence, reused.value.last_sequence) == (1, 2)


async def test_a_lower_fence_is_refused(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    await tracker.append([hi], fence=7)
    await tracker.get(fence=9)
    with pytest.raises(FenceStale) as stale:
        await tracker.append([hi], fence=8)
    assert stale.value.highest_fence == 9
    with pytest.raises(FenceStale):
        await tracker.get(fence=8)
    info = await tracker.info()
    assert info is not None and info.highest_fence == 9


async def test_bad_input_names_the_field(t: Trackside, name: str) -> None:
    with pytest.raises(InvalidRequest) as invalid:
        await t.tracker(name).append([hi, NewEvent("user", "nope")])
    ((field, description),) = invalid.value.violations
    assert field == "events[1].data" and description.startswith("is not JSON")
    with pytest.raises(TooLarge):
        await t.tracker(name).append([hi] * 1_001)


async def test_sessions_state_and_verbosity(t: Trackside, name: str) -> None:
    start = NewEvent("action", {"event": "action", "name": "action_session_start"}, "action_session_start")
    started = NewEvent("session_started", {"event": "session_started"})
    slot = NewEvent("slot", {"event": "slot", "name": "size", "value": 2.5}, "size")
    listen = NewEvent("action", {"event": "action", "name": "action_listen"}, "action_listen")
    tracker = t.tracker(name)
    await tracker.append([hi, start, started, slot, listen])
    session = await tracker.get(state=True)
    assert (session.first_sequence, [e.sequence for e in session.events]) == (2, [2, 3, 4, 5])
    assert session.state is not None
    assert session.state.slots == {"size": 2.5} and session.state.latest_action_name == "action_listen"
    assert session.state.latest_event_time == session.events[-1].time
    assert (await tracker.get(boundary="session_started")).first_sequence == 3
    everything = await tracker.get(all_sessions=True, state=True)
    assert everything.state is not None and not everything.state.paused
    assert [e.sequence for e in everything.events] == [1, 2, 3, 4, 5]
    assert [e.sequence for e in (await tracker.get(max_events=2)).events] == [4, 5]
    nothing = await tracker.get(verbosity="none")
    assert (nothing.sequence, nothing.events) == (5, [])
    assert (await tracker.get(max_events=0)).events == []


async def test_until_stops_before_what_happened_later(t: Trackside, name: str) -> None:
    await t.tracker(name).append([NewEvent("user", "{}", time=at) for at in (10.0, 20.0, 30.0)])
    assert [e.sequence for e in (await t.tracker(name).get(until=25.0)).events] == [1, 2]


async def test_a_conversation_larger_than_an_answer_is_read_whole(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    for n in range(8):
        await tracker.append([NewEvent("user", {"n": n, "text": "x" * 500_000}), hi])
    snapshot = await tracker.get()
    assert [event.sequence for event in snapshot.events] == list(range(1, 17))
    assert [event.sequence for event in (await tracker.get(max_events=15)).events] == list(range(2, 17))


async def test_what_is_known_is_not_transferred_again(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    assert (await tracker.get(known=await tracker.get())).events == []
    await tracker.append([hi, ho])
    first = await tracker.get()
    assert first.revision and not first.continued
    await tracker.append([hi])
    second = await tracker.get(known=first, state=True)
    assert second.continued and second.events[0] is first.events[0]
    whole = await tracker.get(state=True)
    assert second == replace(whole, continued=True)
    start = NewEvent("action", {"event": "action", "name": "action_session_start"}, "action_session_start")
    await tracker.append([start, ho])
    third = await tracker.get(known=second)
    assert third.continued and [event.sequence for event in third.events] == [4, 5]
    assert (await tracker.get(known=third)).events == third.events


async def test_what_was_erased_is_not_known_any_more(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    await tracker.append([hi, ho, hi, ho])
    known = await tracker.get()
    await tracker.redact([2])
    known = await tracker.get(known=known)
    assert not known.continued and [event.sequence for event in known.events] == [1, 3, 4]
    await tracker.truncate(3)
    known = await tracker.get(known=known)
    assert not known.continued and [event.sequence for event in known.events] == [3, 4]
    await tracker.delete()
    await tracker.append([hi])
    known = await tracker.get(known=known)
    assert not known.continued and [event.sequence for event in known.events] == [5]


async def test_much_that_is_new_comes_in_pages(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    await tracker.append([hi])
    known = await tracker.get()
    for _ in range(8):
        await tracker.append([NewEvent("user", {"text": "x" * 500_000})])
    whole = await tracker.get(known=known)
    assert whole.continued and [event.sequence for event in whole.events] == list(range(1, 10))


async def test_what_is_known_of_something_else_is_refused(t: Trackside, name: str) -> None:
    await t.tracker(name).append([hi])
    await t.tracker(f"{name}/2").append([hi])
    known = await t.tracker(name).get()
    with pytest.raises(InvalidRequest, match="known_revision"):
        await t.tracker(f"{name}/2").get(known=known)
    with pytest.raises(InvalidRequest, match="known_revision"):
        await t.tracker(name).get(known=known, all_sessions=True)
    for options in ({"max_events": 1}, {"verbosity": "applied"}, {"until": 1e9}):
        assert (await t.tracker(name).get(**options)).revision == ""
        with pytest.raises(InvalidRequest, match="known_revision"):
            await t.tracker(name).get(known=known, **options)


async def test_events_are_listed_both_ways_and_filtered(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    await tracker.append([hi, ho] * 5)
    assert [e.sequence async for e in tracker.events(page_size=3)] == list(range(1, 11))
    assert [e.sequence async for e in tracker.events(newest_first=True, page_size=4)] == list(
        range(10, 0, -1)
    )
    assert [e.sequence async for e in tracker.events(types=["bot"], first_sequence=3)] == [4, 6, 8, 10]
    assert [e.sequence async for e in tracker.events(first_sequence=4, last_sequence=5)] == [4, 5]
    assert [e async for e in tracker.events(names=["nobody"])] == []


async def test_conversations_are_listed_by_prefix(t: Trackside, name: str) -> None:
    for n in (2, 1):
        await t.tracker(f"{name}/{n}").append([hi])
    assert [c.conversation_id async for c in t.conversations(f"{name}/")] == [f"{name}/1", f"{name}/2"]
    info = await t.tracker(f"{name}/1").info()
    assert info is not None and (info.first_sequence, info.last_sequence, info.highest_fence) == (1, 1, None)
    assert info.create_time == info.update_time
    assert await t.tracker(f"{name}/3").info() is None


async def test_erasing(t: Trackside, name: str) -> None:
    tracker = t.tracker(name)
    await tracker.append([hi] * 6)
    assert (await tracker.redact([2, 4])).sequences == ((2, 2), (4, 4))
    assert (await tracker.redact([2])).sequences == ()
    truncated = await tracker.truncate(4)
    assert truncated.position > 0 and truncated.sequences[-1][1] == 3
    assert [e.sequence for e in (await tracker.get()).events] == [5, 6]
    with pytest.raises(SequenceConflict):
        await tracker.delete(expected_sequence=5)
    assert (await tracker.delete(expected_sequence=6, request_id="once")).sequences[-1][1] == 6
    assert (await tracker.delete(expected_sequence=6, request_id="once")).sequences[-1][1] == 6
    with pytest.raises(NotFound):
        await tracker.delete()


def test_what_a_newer_sidecar_says_is_unknown_and_no_failure() -> None:
    assert word_of(HoldingEnd, 4, "HOLDING_END_") == "taken_over"
    assert word_of(HoldingEnd, 999, "HOLDING_END_") == "unknown"


async def test_events_are_values(t: Trackside, name: str) -> None:
    await t.tracker(name).append([hi, hi])
    first, second = (await t.tracker(name).get()).events
    (again, _) = (await t.tracker(name).get()).events
    assert first == again and hash(first) == hash(again) and first != second
    assert repr(first) == f"Event('{name}', 1, 'user', {hi.to_message().data})"
