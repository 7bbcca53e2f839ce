from __future__ import annotations

import asyncio
import signal
from typing import List

import pytest
from conftest import Sidecar, StartSidecar
from proxy import Proxy

from trackside import Delivery, InvalidRequest, Json, LeaseLost, NewMessage, Trackside, Unavailable


async def test_messages_are_popped_in_the_order_of_pushing(t: Trackside, name: str) -> None:
    queue = t.queue(name)
    pushed = await queue.push({"n": 1})
    await queue.push_many([NewMessage(b"\x00\xff"), NewMessage(Json("1.0"))])
    first = await queue.pop()
    assert first is not None
    assert (first.value, first.message_id, first.attempts, first.ready_time) == (
        {"n": 1},
        pushed.message_id,
        1,
        None,
    )
    values = [message.raw for message in [await queue.pop(), await queue.pop()] if message]
    assert values == [b"\x00\xff", Json("1.0")]
    assert await queue.pop() is None


async def test_popping_waits(t: Trackside, name: str) -> None:
    queue = t.queue(name)
    waiting = asyncio.ensure_future(queue.pop(wait=10))
    await asyncio.sleep(0.05)
    await queue.push("late")
    message = await waiting
    assert message is not None and message.value == "late"
    assert await queue.pop(wait=0.05) is None


async def test_a_claim_is_acknowledged_once(t: Trackside, name: str) -> None:
    queue = t.queue(name)
    await queue.push(1, max_attempts=3)
    (delivery,) = await queue.claim(5, lease=60)
    assert (delivery.value, delivery.message.attempts, delivery.message.max_attempts) == (1, 1, 3)
    assert 50 < delivery.remaining <= 60 and delivery.fence is None
    assert (await queue.info()).in_flight == 1
    assert (await delivery.extend(lease=90)).remaining > 80
    await delivery.ack()
    await delivery.ack()
    with pytest.raises(LeaseLost) as lost:
        await delivery.nack()
    assert lost.value.cause == "acked"


async def test_what_is_given_back_is_claimed_again_until_it_is_parked(t: Trackside, name: str) -> None:
    queue = t.queue(name)
    pushed = await queue.push("x", max_attempts=2)
    for attempt in (1, 2):
        (delivery,) = await queue.claim()
        assert delivery.message.attempts == attempt
        await delivery.nack()
    assert (await queue.info()).parked == 1
    assert [message.message_id async for message in queue.peek("parked")] == [pushed.message_id]
    assert await queue.replay() == 1
    (again,) = await queue.claim(lease=0.05)
    await asyncio.sleep(0.1)
    with pytest.raises(LeaseLost) as lost:
        await again.ack()
    assert lost.value.cause == "expired"
    assert await queue.purge() == 1


async def test_many_are_settled_at_once(t: Trackside, name: str) -> None:
    queue = t.queue(name)
    await queue.push_many([NewMessage(n) for n in range(3)])
    first, second, third = [delivery.receipt for delivery in await queue.claim(3)]
    assert [settled.done for settled in await queue.nack_many([second])] == [True]
    settled = await queue.ack_many([first, second, third])
    assert [(s.done, s.cause) for s in settled] == [(True, None), (False, "nacked"), (True, None)]


async def test_delays_and_dedup_ids(t: Trackside, name: str) -> None:
    queue = t.queue(name)
    await queue.push("later", delay=60)
    assert ((await queue.info()).delayed, await queue.pop()) == (1, None)
    first = await queue.push("once", dedup_id="d")
    again = await queue.push("twice", dedup_id="d")
    assert (first.refused, again.refused, again.message_id) == (False, True, first.message_id)
    assert [(q.queue_id, q.ready) async for q in t.queues(name)] == [(name, 1)]
    info = await queue.info()
    assert info.oldest_push_time is not None and info.oldest_age is not None and 0 <= info.oldest_age < 60


async def test_a_groups_claim_is_its_lock(t: Trackside, name: str) -> None:
    queue = t.queue(name)
    await queue.push_many([NewMessage(n, group_id=name) for n in range(2)])
    (delivery,) = await queue.claim(2, owner="me")
    holder = (await t.locks.get(name)).holder
    assert holder is not None and (holder.fence, holder.kind, holder.owner) == (delivery.fence, "claim", "me")
    await delivery.ack()
    (second,) = await queue.claim(2)
    assert second.value == 1


async def test_a_consumer_has_no_more_in_hand_than_it_said(t: Trackside, name: str) -> None:
    queue = t.queue(name)
    await queue.push_many([NewMessage(n) for n in range(20)])
    seen: List[int] = []
    async with queue.consume(max_in_flight=3, owner="me") as deliveries:
        async for delivery in deliveries:
            assert (await queue.info()).in_flight <= 3
            seen.append(delivery.value)
            if delivery.value % 2:
                await delivery.ack()
            else:
                await delivery.nack(delay=600)
            if len(seen) == 20:
                break
    assert seen == list(range(20))
    info = await queue.info()
    assert (info.ready, info.in_flight, info.delayed) == (0, 0, 10)


async def test_a_consumer_gives_back_what_it_did_not_show(t: Trackside, name: str) -> None:
    queue = t.queue(name)
    await queue.push_many([NewMessage(n) for n in range(5)])
    async with queue.consume(max_in_flight=5) as deliveries:
        async for delivery in deliveries:
            while (await queue.info()).in_flight < 5:
                await asyncio.sleep(0.01)
            await delivery.ack()
            break
    info = await queue.info()
    assert (info.ready, info.in_flight) == (4, 0)


async def test_a_consumer_hears_of_lost_claims_and_interrupts(t: Trackside, name: str) -> None:
    queue = t.queue(name)
    await queue.push("x", group_id=name)
    async with queue.consume(max_in_flight=1) as deliveries:
        async for delivery in deliveries:
            asking = asyncio.ensure_future(t.locks.acquire(name, wait=10, when_taken="interrupt"))
            await asyncio.wait_for(delivery.interrupted.wait(), 30)
            await t.locks.delete(name)
            await asyncio.wait_for(delivery.lost.wait(), 30)
            with pytest.raises(LeaseLost) as lost:
                await delivery.ack()
            assert lost.value.cause == "deleted"
            break
        grant = await asking
        assert grant is not None
        await t.locks.release(name, grant.fence)
        again = await first_of(deliveries.__aiter__())
        await again.ack()


async def first_of(deliveries: object) -> Delivery:
    async for delivery in deliveries:  # type: ignore[attr-defined]
        assert isinstance(delivery, Delivery)
        return delivery
    raise AssertionError("there is none")


async def test_a_consumer_resumes_with_the_credits_that_are_left(
    sidecar: Sidecar, proxy: Proxy, name: str
) -> None:
    async with Trackside(sidecar.address) as direct, Trackside(proxy.address) as t:
        await direct.queue(name).push_many([NewMessage(n) for n in range(6)])
        seen: List[int] = []
        async with t.queue(name).consume(max_in_flight=1, lease=60) as deliveries:
            async for delivery in deliveries:
                seen.append(delivery.value)
                if delivery.value in (1, 4):
                    proxy.cut()
                    await t.cache.has(name)
                    await asyncio.sleep(0.3)
                assert (await direct.queue(name).info()).in_flight == 1
                await delivery.ack()
                if len(seen) == 6:
                    break
        assert seen == list(range(6))


async def test_a_consumer_resumes_after_a_restart_of_the_sidecar(start_sidecar: StartSidecar) -> None:
    sidecar = start_sidecar()
    async with Trackside(sidecar.address) as t:
        queue = t.queue("inbox")
        await queue.push_many([NewMessage(n) for n in range(3)])
        seen: List[int] = []
        async with queue.consume(max_in_flight=1) as deliveries:
            async for delivery in deliveries:
                seen.append(delivery.value)
                if delivery.value == 1:
                    sidecar.kill(signal.SIGKILL)
                    sidecar.start()
                await delivery.ack()
                if delivery.value == 2:
                    break
        assert seen == [0, 1, 2]


async def test_a_consumer_that_cannot_begin_says_so(t: Trackside) -> None:
    async with Trackside("127.0.0.1:9", timeout=0.3) as nowhere:
        async with nowhere.queue("x").consume() as deliveries:
            with pytest.raises(Unavailable):
                await first_of(deliveries)
    async with t.queue("").consume() as deliveries:
        for _ in range(2):
            with pytest.raises(InvalidRequest, match="queue_id"):
                await first_of(deliveries)
    with pytest.raises(ValueError, match="max_in_flight is 0"):
        t.queue("x").consume(max_in_flight=0)
