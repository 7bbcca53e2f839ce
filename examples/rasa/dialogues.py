"""Users who talk to the bot in bursts, and what must be found of them afterwards."""

import asyncio
import random
import time

import aiohttp

CONVERSATIONS = 50
BURSTS = 2
PER_BURST = 3
ATTEMPTS = 5
# Longer than a turn takes; Rasa's own locks are stuck for a minute when their holder was killed.
TIMEOUT = aiohttp.ClientTimeout(total=100)


class Users:
    """Sends every conversation's bursts, each message to any server that is there. A burst's messages are
    sent at once, the next burst when all of them are answered."""

    def __init__(self, http, urls):
        self._http = http
        self.urls = list(urls)
        self.answered = 0
        self.seconds = []
        self.unsure = 0

    async def talk(self):
        """Holds all conversations."""
        await asyncio.gather(*(self._converse(conversation_id(n)) for n in range(CONVERSATIONS)))

    async def _converse(self, conversation):
        for burst in range(BURSTS):
            await asyncio.gather(*(self._say(conversation, text) for text in texts_of(burst)))

    async def _say(self, conversation, text):
        """Sends a message until it is answered, or found to have been heard by a server that failed before
        its answer."""
        began = time.perf_counter()
        for attempt in range(ATTEMPTS):
            try:
                if attempt and await self._was_heard(conversation, text):
                    break
                await self._post(random.choice(self.urls), conversation, text)
                break
            except (aiohttp.ClientError, asyncio.TimeoutError):
                self.unsure += 1
                await asyncio.sleep(1)  # Until what a dead server had under way is stored or lost.
        self.seconds.append(time.perf_counter() - began)
        self.answered += 1

    async def _post(self, url, conversation, text):
        message = {"sender": conversation, "message": text}
        async with self._http.post(f"{url}/webhooks/rest/webhook", json=message, timeout=TIMEOUT) as response:
            response.raise_for_status()
            answers = [answer["text"] for answer in await response.json()]
        if answers != [answer_to(text)]:
            raise aiohttp.ClientError(f"{conversation}, {text}: answered with {answers}")

    async def _was_heard(self, conversation, text):
        events = await events_of(self._http, self.urls[0], conversation)
        return any(event["event"] == "user" and event["text"] == text for event in events)


def conversation_id(n):
    return f"user-{n}"


def texts_of(burst):
    return [f"I say {burst}.{k}" for k in range(PER_BURST)]


def answer_to(text):
    return f"You said: {text}"


async def events_of(http, url, conversation):
    """All of a conversation's events, as Rasa tells them."""
    tracker = f"{url}/conversations/{conversation}/tracker?include_events=ALL"
    async with http.get(tracker, timeout=TIMEOUT) as response:
        response.raise_for_status()
        return (await response.json())["events"]


def faults_of(events):
    """What is wrong with a conversation's events; nothing where each message is there once, with its answer,
    the bursts in order, and no turn in another."""
    turns = []
    for event in events:
        if event["event"] == "user":
            turns.append((event["text"], []))
        elif event["event"] == "bot" and turns:
            turns[-1][1].append(event["text"])
    heard = [text for text, _ in turns]
    expected = [text for burst in range(BURSTS) for text in texts_of(burst)]
    faults = []
    if set(expected) - set(heard):
        faults.append("lost")
    if len(set(heard)) < len(heard):
        faults.append("doubled")
    bursts = [text.partition(".")[0] for text in heard]
    if bursts != sorted(bursts):
        faults.append("out of order")
    if any(answers != [answer_to(text)] for text, answers in turns):
        faults.append("mixed or not answered")
    return faults
