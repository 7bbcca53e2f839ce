"""Two Rasa servers share fifty conversations; one of the servers is killed on the way. Are all conversations
complete?

    python run.py [--stores trackside|rasa]

`trackside`, the default, is a sidecar for each server, all on one Redis; `rasa` is Rasa's own Redis stores on
it. Ends with 0 where nothing was lost, doubled or out of order.
"""

import argparse
import asyncio
import json
import signal
import statistics
import sys

import aiohttp

from dialogues import BURSTS, CONVERSATIONS, PER_BURST, Users, conversation_id, events_of, faults_of
from servers import Servers


async def main(stores):
    async with Servers() as servers:
        port = await servers.redis()
        model = await servers.model()
        rasas = await asyncio.gather(*(start_rasa(servers, stores, model, port) for _ in range(2)))
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            users = Users(http, [url for _, url in rasas])
            talking = asyncio.create_task(users.talk())
            half = asyncio.create_task(kill_half_way(users, *rasas[0]))
            began = asyncio.get_running_loop().time()
            await talking
            half.cancel()
            seconds = asyncio.get_running_loop().time() - began
            logs = [await events_of(http, rasas[1][1], conversation_id(n)) for n in range(CONVERSATIONS)]
        if stores == "trackside":
            await show_that_they_are_in_trackside(servers, port, logs)
    return report(stores, users, seconds, [faults_of(events) for events in logs])


async def start_rasa(servers, stores, model, port):
    """Starts a server, with a sidecar of its own where it needs one."""
    if stores == "rasa":
        return await servers.rasa(model, "endpoints.redis.yml", REDIS_PORT=str(port))
    address = await servers.sidecar(f"redis://127.0.0.1:{port}")
    return await servers.rasa(model, "endpoints.yml", TRACKSIDE_ADDRESS=address)


async def kill_half_way(users, process, url):
    """Kills a server when half of the messages are answered, with others under way."""
    while users.answered < CONVERSATIONS * BURSTS * PER_BURST // 2:
        await asyncio.sleep(0.005)
    process.kill()
    users.urls.remove(url)


async def show_that_they_are_in_trackside(servers, port, logs):
    """Rasa goes on in memory where it can't load a store: look into the store, through a third sidecar."""
    from trackside import Trackside

    async with Trackside(await servers.sidecar(f"redis://127.0.0.1:{port}")) as t:
        for n, events in enumerate(logs):
            stored = [event.json() async for event in t.tracker(conversation_id(n)).events()]
            assert stored == events, f"{conversation_id(n)} is another in Trackside"


def report(stores, users, seconds, faults):
    """Prints the outcome; whether it is good."""
    kinds = sorted({fault for found in faults for fault in found})
    millis = sorted(1_000 * second for second in users.seconds)
    print(
        json.dumps(
            {
                "stores": stores,
                "conversations": len(faults),
                "faultless": sum(not found for found in faults),
                **{kind: sum(kind in found for found in faults) for kind in kinds},
                "messages": len(millis),
                "repeated or looked for": users.unsure,
                "seconds": round(seconds, 1),
                "p50_ms": round(statistics.median(millis)),
                "p95_ms": round(millis[int(0.95 * len(millis))]),
                "max_ms": round(millis[-1]),
            }
        )
    )
    return not any(faults)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # So that what was started is ended.
    parser = argparse.ArgumentParser()
    parser.add_argument("--stores", choices=["trackside", "rasa"], default="trackside")
    sys.exit(0 if asyncio.run(main(parser.parse_args().stores)) else 1)
