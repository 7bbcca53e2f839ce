from __future__ import annotations

import logging
import signal
import time
from typing import List

import pytest
from conftest import Sidecar, StartSidecar
from proxy import Proxy

from trackside import (
    CaughtUp,
    Checkpoint,
    Discontinuity,
    Erased,
    EventFeed,
    FeedEvent,
    InvalidRequest,
    NewEvent,
    Started,
    Trackside,
    Unavailable,
)

hi = NewEvent("user", '{"text":"hi"}')
ho = NewEvent("bot", '{"text":"ho"}', "utter_ho")


async def take(feed: EventFeed, count: int) -> List[FeedEvent]:
    taken: List[FeedEvent] = []
    async for event in feed:
        taken.append(event)
        if len(taken) == count:
            break
    return taken


async def test_events_come_from_the_beginning_and_then_live(t: Trackside, name: str) -> None:
    await t.tracker(name).append([hi, ho])
    seen: List[int] = []
    async for event in t.events("beginning", conversation_ids=[name]):
        seen.append(event.sequence)
        if len(seen) == 2:
            await t.tracker(name).append([hi])
        if len(seen) == 3:
            break
    assert seen == [1, 2, 3]


async def test_events_are_what_was_stored(t: Trackside, name: str) -> None:
    appended = await t.tracker(name).append([ho])
    (event,) = await take(t.events("beginning", conversation_ids=[name]), 1)
    (stored,) = (await t.tracker(name).get()).events
    assert event == stored and event.position == appended.first_position
    assert repr(event).startswith(f"FeedEvent('{name}', 1, 'bot'")


async def test_only_what_fits_the_filter_comes(t: Trackside, name: str) -> None:
    await t.tracker(f"{name}/1").append([hi, ho])
    await t.tracker(f"{name}/2").append([ho, hi])
    bots = await take(t.events("beginning", conversation_id_prefix=name, types=["bot"]), 2)
    assert [(e.conversation_id[-1], e.sequence) for e in bots] == [("1", 2), ("2", 1)]
    named = await take(t.events("beginning", conversation_ids=[f"{name}/2"], names=["utter_ho"]), 1)
    assert [e.sequence for e in named] == [1]


async def test_a_feed_starts_at_its_end_or_at_a_time(t: Trackside, name: str) -> None:
    await t.tracker(name).append([hi])
    feed = t.feed(conversation_ids=[name])
    async for item in feed:
        if isinstance(item, Started):
            assert feed.cursor == item.cursor != ""
            second = await t.tracker(name).append([ho])
        elif isinstance(item, FeedEvent):
            assert item.sequence == 2
            break
    (since,) = await take(t.events(second.store_time, conversation_ids=[name], types=["bot"]), 1)
    assert since.sequence == 2


async def test_a_cursor_never_skips_what_was_not_shown(t: Trackside, name: str) -> None:
    await t.tracker(name).append([hi, ho, hi])
    await t.tracker(name).append([ho])
    shown = await take(t.events("beginning", conversation_ids=[name]), 4)
    for event in shown[:3]:
        (following,) = await take(t.events(event.cursor, conversation_ids=[name]), 1)
        assert following.sequence <= event.sequence + 1
    await t.tracker(name).append([hi])
    assert [e.sequence for e in await take(t.events(shown[3].cursor, conversation_ids=[name]), 1)] == [5]


async def test_iterating_again_goes_on(t: Trackside, name: str) -> None:
    for _ in range(3):
        await t.tracker(name).append([hi])
    feed = t.events("beginning", conversation_ids=[name], types=["user"])
    first = await take(feed, 3)
    assert feed.cursor == first[-1].cursor
    await t.tracker(name).append([hi])
    assert [e.sequence for e in await take(feed, 1)] == [4]


async def test_a_feed_tells_of_erasures_checkpoints_and_the_logs_end(t: Trackside, name: str) -> None:
    await t.tracker(name).append([hi, ho])
    feed = t.feed("beginning", conversation_ids=[name], heartbeat=0.1)
    kinds: List[str] = []
    async for item in feed:
        kinds.append(type(item).__name__)
        assert item.cursor == feed.cursor or isinstance(item, FeedEvent)
        if isinstance(item, CaughtUp):
            await t.tracker(name).redact([2])
        elif isinstance(item, Erased):
            assert item.conversation_id == name
            if not item.deleted:
                assert item.sequences == ((2, 2),)
                await t.tracker(name).delete()
        elif isinstance(item, Checkpoint) and kinds.count("Erased") == 2:
            break
    assert [k for k in kinds if k != "Checkpoint"] == [
        "Started",
        "FeedEvent",
        "FeedEvent",
        "CaughtUp",
        "Erased",
        "Erased",
    ]


async def test_a_cursor_of_another_filter_is_refused(t: Trackside, name: str) -> None:
    await t.tracker(name).append([hi])
    (event,) = await take(t.events("beginning", conversation_ids=[name]), 1)
    with pytest.raises(InvalidRequest, match="cursor"):
        await take(t.events(event.cursor, types=["bot"]), 1)
    with pytest.raises(InvalidRequest, match="cursor"):
        await take(t.events("nonsense"), 1)


async def test_a_feed_resumes_after_its_connection_broke(
    sidecar: Sidecar, proxy: Proxy, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "trackside")
    async with Trackside(sidecar.address) as writer, Trackside(proxy.address) as t:
        started = []
        seen: List[int] = []
        feed = t.feed("end", conversation_ids=[name])
        async for item in feed:
            if isinstance(item, Started):
                started.append(item)
                await writer.tracker(name).append([hi])
            elif isinstance(item, FeedEvent):
                seen.append(item.sequence)
                if item.sequence == 30:
                    break
                if item.sequence % 10 == 0:
                    proxy.cut()
                await writer.tracker(name).append([hi])
        assert seen == list(range(1, 31)) and len(started) == 1
    assert sum("resumes" in record.message for record in caplog.records) >= 2


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
async def test_a_feed_resumes_after_a_restart_of_the_sidecar(
    start_sidecar: StartSidecar, by: signal.Signals
) -> None:
    sidecar = start_sidecar()
    async with Trackside(sidecar.address) as t:
        await t.tracker("alice").append([hi, hi])
        seen: List[int] = []
        async for event in t.events("beginning"):
            seen.append(event.sequence)
            if event.sequence == 2:
                sidecar.kill(by)
                sidecar.start()
                await t.tracker("alice").append([ho])
            if event.sequence == 3:
                break
        assert seen == [1, 2, 3]


async def test_a_lost_history_is_a_discontinuity(start_sidecar: StartSidecar) -> None:
    sidecar = start_sidecar("memory:")
    async with Trackside(sidecar.address) as t:
        await t.tracker("alice").append([hi])
        feed = t.events("beginning")
        with pytest.raises(Discontinuity) as end:
            async for _ in feed:
                sidecar.kill()
                sidecar.start()
                await t.tracker("bob").append([ho])
        assert end.value.reason == "EPOCH_CHANGED"
        (bob,) = await take(t.events(end.value.oldest_cursor), 1)
        assert bob.conversation_id == "bob"
        await t.tracker("carol").append([ho])
        (carol,) = await take(t.events(end.value.end_cursor), 1)
        assert carol.conversation_id == "carol"


async def test_a_feed_that_cannot_begin_says_so_after_the_timeout() -> None:
    began = time.monotonic()
    async with Trackside("127.0.0.1:9", timeout=0.5) as t:
        with pytest.raises(Unavailable):
            await take(t.events(), 1)
    assert 0.4 < time.monotonic() - began < 5


async def test_a_connection_whose_other_end_is_gone_without_a_word_is_given_up(
    start_sidecar: StartSidecar,
) -> None:
    sidecar = start_sidecar("memory:")
    async with Proxy(sidecar.address) as proxy, Trackside(sidecar.address) as writer:
        async with Trackside(proxy.address) as t:
            async for item in t.feed("end"):
                if isinstance(item, Started):
                    proxy.stall()
                    await writer.tracker("alice").append([hi])
                elif isinstance(item, FeedEvent):
                    break
        assert proxy.connections >= 2


async def test_a_feed_that_is_left_ends_at_the_sidecar(start_sidecar: StartSidecar) -> None:
    sidecar = start_sidecar("memory:", env={"TRACKSIDE_LIMITS_SUBSCRIPTIONS": "1"})
    async with Trackside(sidecar.address) as t:
        await t.tracker("alice").append([hi])
        for _ in range(5):
            assert len(await take(t.events("beginning"), 1)) == 1
