"""How fast Trackside's stores and Rasa's own Redis stores are, in one run, on one machine and one Redis.

    python bench.py

Prints a table. What each line measures is in README.md.
"""

import asyncio
import statistics
import sys
import time

import stand_ins  # noqa: F401
from rasa.core.lock_store import LockStore
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from servers import Servers

TURN = 6
DOMAIN = Domain.from_dict({"slots": {"said": {"type": "any", "mappings": [{"type": "custom"}]}}})


async def main():
    async with Servers() as servers:
        port = await servers.redis()
        address = await servers.sidecar(f"redis://127.0.0.1:{port}")
        ours = stores_of({"type": "trackside.rasa.{}", "url": address})
        theirs = stores_of({"type": "redis", "url": "127.0.0.1", "port": port})
        print(f"{'':58}{'Trackside':>12}{'Rasa':>12}{'ratio':>10}   at most")
        good = [
            await compare(
                "save of a turn at 12,000 events in 10 sessions, p50",
                long_save,
                ours,
                theirs,
                (21, 1),
                1 / 1_000,
            ),
            await compare(
                "ten messages of 10 ms queued on a conversation",
                queue_of_ten,
                ours,
                theirs,
                (5, 1),
                None,
                150,
            ),
            await compare(
                "a turn's storage time, session of 100 events, p50", turn_time, ours, theirs, (200, 200), 0.5
            ),
        ]
    return all(good)


def stores_of(config):
    """A tracker store and a lock store, as Rasa makes them of `endpoints.yml`."""

    def section(name):
        return EndpointConfig(**{**config, "type": config["type"].format(name)})

    return TrackerStore.create(section("TrackerStore"), DOMAIN), LockStore.create(section("LockStore"))


async def compare(what, measure, ours, theirs, rounds, ratio=None, limit_ms=None):
    """Prints a line; whether Trackside is within the limit."""
    mine, other = [await measure(*stores, count) * 1_000 for stores, count in zip((ours, theirs), rounds)]
    limit = limit_ms or ratio * other
    print(f"{what:58}{mine:>9.1f} ms{other:>9.0f} ms{mine / other:>10.5f}   {limit:.1f} ms", flush=True)
    return mine <= limit


async def long_save(tracker_store, _, rounds):
    await tracker_store.save(talk_of("long", sessions=10, events=1_200))
    seconds = []
    for _ in range(rounds):
        tracker = await tracker_store.retrieve("long")
        add_turn(tracker)
        began = time.perf_counter()
        await tracker_store.save(tracker)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


async def queue_of_ten(_, lock_store, rounds):
    async def handle():
        async with lock_store.lock("queue"):
            await asyncio.sleep(0.010)

    await handle()
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        await asyncio.gather(*(handle() for _ in range(10)))
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


async def turn_time(tracker_store, lock_store, rounds):
    """The session is begun anew where it has grown to 112 events, so that it has 106 in the middle."""
    seconds = []
    for n in range(rounds):
        conversation = f"turn-{n // 2}"
        if n % 2 == 0:
            await tracker_store.save(talk_of(conversation, sessions=1, events=100))
        began = time.perf_counter()
        async with lock_store.lock(conversation):
            tracker = await tracker_store.retrieve(conversation)
            made = time.perf_counter()
            add_turn(tracker)
            made = time.perf_counter() - made
            await tracker_store.save(tracker)
        seconds.append(time.perf_counter() - began - made)
    return statistics.median(seconds)


def talk_of(conversation, sessions, events):
    """A conversation of sessions with so many events each."""
    tracker = DialogueStateTracker(conversation, DOMAIN.slots)
    for _ in range(sessions):
        first = len(tracker.events)
        tracker.update_with_events([ActionExecuted("action_session_start"), SessionStarted()], DOMAIN)
        while len(tracker.events) - first + TURN <= events:
            add_turn(tracker)
        while len(tracker.events) - first < events:
            tracker.update_with_events([ActionExecuted("action_listen")], DOMAIN)
    return tracker


def add_turn(tracker):
    """Six events, with what an NLU tells about a message (1 KB)."""
    n = len(tracker.events)
    ranking = [{"name": f"intent_{i}", "confidence": 0.1 / (i + 1)} for i in range(10)]
    parsed = {"intent": ranking[0], "intent_ranking": ranking, "entities": [], "text": f"message {n}"}
    new = [
        UserUttered(f"message {n}", ranking[0], parse_data=parsed, input_channel="rest", message_id=f"{n}"),
        SlotSet("said", f"message {n}"),
        ActionExecuted("utter_heard", "RulePolicy", 1.0),
        BotUttered(f"You said: message {n}", metadata={"utter_action": "utter_heard"}),
        SlotSet("said", f"message {n}."),
        ActionExecuted("action_listen", "RulePolicy", 1.0),
    ]
    tracker.update_with_events(new, DOMAIN)


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main()) else 1)
