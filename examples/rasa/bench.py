"""How fast Trackside's stores and Rasa's own Redis stores are, in one run, on one machine and one Redis.

    python bench.py

Prints a table. What each line measures is in README.md.
"""

import asyncio
import os
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
WARMING = 50
PARTS = ("lock", "retrieve", "save", "unlock")
DOMAIN = Domain.from_dict({"slots": {"said": {"type": "any", "mappings": [{"type": "custom"}]}}})


async def main():
    async with Servers() as servers:
        port = await servers.redis()
        address = await servers.sidecar(f"redis://127.0.0.1:{port}")
        configs = (
            {"type": "trackside.rasa.{}", "url": address},
            {"type": "redis", "url": "127.0.0.1", "port": port},
        )
        # First, as a lock of Trackside's reads for a tracker store of the same sidecar, once there is one.
        queues = await queues_of_ten(*(lock_store_of(config) for config in configs))
        ours, theirs = (stores_of(config) for config in configs)
        print(f"{'':54}{'Trackside':>13}{'Rasa':>13}{'ratio':>10}   at most")
        good = [
            line(
                "save of a turn at 12,000 events in 10 sessions, p50",
                *await long_saves(ours, theirs),
                1 / 1_000,
            ),
            line("ten messages of 10 ms queued on a conversation", *queues, None),
        ]
        firsts, seconds = await turns(ours, theirs)
        good.append(line("a turn's storage time, session of 100 events, p50", *medians(seconds), 1 / 2))
        line("the same where the server has not had the session", *medians(firsts), 1)
        for name, parts in zip(("Trackside", "Rasa"), seconds):
            told = ", ".join(f"{part} {1_000 * spent:.2f}" for part, spent in zip(PARTS, median_parts(parts)))
            print(f"  of which {name}: {told} ms")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return all(good)


def stores_of(config):
    """A tracker store and a lock store, as Rasa makes them of `endpoints.yml`."""
    return TrackerStore.create(section_of(config, "TrackerStore"), DOMAIN), lock_store_of(config)


def lock_store_of(config):
    return LockStore.create(section_of(config, "LockStore"))


def section_of(config, name):
    return EndpointConfig(**{**config, "type": config["type"].format(name)})


def line(what, mine, other, ratio):
    """Prints a line; whether Trackside is within the limit: a part of Rasa's time, or 150 ms."""
    limit = ratio * other if ratio else 0.150
    times = "".join(f"{seconds * 1_000:>10.1f} ms" for seconds in (mine, other))
    print(f"{what:54}{times}{mine / other:>10.5f}   {limit * 1_000:.1f} ms", flush=True)
    return mine <= limit


async def long_saves(*stores):
    """Rasa's takes half a minute, so that it is measured once."""
    return [await long_save(store, rounds) for (store, _), rounds in zip(stores, (21, 1))]


async def long_save(store, rounds):
    await store.save(talk_of("long", sessions=10, events=1_200))
    seconds = []
    for _ in range(rounds):
        tracker = await store.retrieve("long")
        add_turn(tracker)
        began = time.perf_counter()
        await store.save(tracker)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


async def queues_of_ten(*lock_stores):
    """A round of Rasa's is nine seconds of waiting, so that three must do."""
    return [await median_queue(locks, *rounds) for locks, rounds in zip(lock_stores, ((WARMING, 31), (0, 3)))]


async def median_queue(locks, warming, rounds):
    """Behind rounds that aren't counted, as a sidecar's code is slow when it is new."""
    await handle(locks)
    seconds = [await queue_of_ten(locks) for _ in range(warming + rounds)]
    return statistics.median(seconds[warming:])


async def queue_of_ten(locks):
    began = time.perf_counter()
    await asyncio.gather(*(handle(locks) for _ in range(10)))
    return time.perf_counter() - began


async def handle(locks):
    async with locks.lock("queue"):
        await asyncio.sleep(0.010)


async def turns(*stores):
    """The first turn of the server in a session, and the second, each as the parts' times of the rounds for
    each of the stores. By turns, and behind rounds that aren't counted too."""
    firsts, seconds = [[] for _ in stores], [[] for _ in stores]
    for n in range(WARMING + 150):
        for tracker_store, _ in stores:
            await tracker_store.save(talk_of(f"turn-{n}", sessions=1, events=100))
        for times in (firsts, seconds):
            for pair, own in zip(stores, times):
                own.append(await turn_times(*pair, f"turn-{n}"))
                await asyncio.sleep(0.010)  # Until what nobody waits for is done: it is not the other's time.
    return [[times[WARMING:] for times in both] for both in (firsts, seconds)]


async def turn_times(tracker_store, lock_store, conversation):
    """What a turn waits for, by parts."""
    clock = time.perf_counter
    began = clock()
    async with lock_store.lock(conversation):
        locked = clock()
        tracker = await tracker_store.retrieve(conversation)
        read = clock()
        add_turn(tracker)
        added = clock()
        await tracker_store.save(tracker)
        saved = clock()
    return locked - began, read - locked, saved - added, clock() - saved


def medians(stores):
    """The median of what a turn takes, for each of the stores."""
    return [statistics.median(sum(parts) for parts in times) for times in stores]


def median_parts(times):
    return [statistics.median(part) for part in zip(*times)]


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
