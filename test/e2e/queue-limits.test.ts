import { toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { QueueClient } from '@trackside/client';
import {
  ClaimMessagesResponseSchema,
  PeekMessagesResponseSchema,
} from '#gen/trackside/v1/queue_service_pb.js';
import { badInput, failureOf, span, tooLarge, upTo } from './calls.js';
import { bytes, json } from './keyed.js';
import { begin, ConsumerStream, claim, countsOf, engines, push, startQueues, storageOn } from './queues.js';
import { cleanUp } from './sidecar.js';

afterAll(cleanUp);

const MiB = 1 << 20;
const hour = 3_600_000;
const text = (size: number) => json(`"${'x'.repeat(size - 2)}"`);
const receipt = `${'A'.repeat(22)}.0.1`;

describe.each(engines)('on %s', (engine) => {
  let queue: QueueClient;
  beforeAll(async () => {
    ({ queue } = await startQueues({ storage: await storageOn(engine) }));
  });

  const pushOne = (message: object, queueId = 'q') =>
    queue.pushMessages({ queueId, messages: [{ value: json('1'), ...message }] });

  test('what is at a limit is taken', async () => {
    const longest = 'é'.repeat(256);
    const message = {
      value: json('1'),
      groupId: longest,
      dedupId: 'd'.repeat(128),
      delay: span(7 * 24 * hour),
      maxAttempts: 1_000,
    };
    await queue.pushMessages({ queueId: longest, messages: [message], requestId: 'r'.repeat(128) });
    expect(await countsOf(queue, longest)).toEqual([0, 0, 1, 0]);
    const messages = upTo(1_000).map(() => ({ value: text(1_024) }));
    await queue.pushMessages({ queueId: 'most', messages });
    await queue.pushMessages({ queueId: 'largest', messages: [{ value: text(MiB) }] });
    await queue.pushMessages({ queueId: 'largest', messages: upTo(4).map(() => ({ value: text(MiB / 4) })) });
    const request = { queueId: 'most', maxMessages: 1_000, lease: span(12 * hour), owner: 'o'.repeat(128) };
    const { deliveries } = await queue.claimMessages(request);
    expect(deliveries).toHaveLength(1_000);
    const receipts = deliveries.map((delivery) => delivery.receipt);
    await queue.extendLease({ queueId: 'most', receipt: receipts[0]!, lease: span(12 * hour) });
    await queue.nackMessages({ queueId: 'most', receipts: receipts.slice(0, 1), delay: span(7 * 24 * hour) });
    const { results } = await queue.ackMessages({ queueId: 'most', receipts });
    expect(results.filter(({ done }) => done)).toHaveLength(999);
    expect(await countsOf(queue, 'most')).toEqual([0, 0, 1, 0]);
  });

  test('what is too much is refused, naming the limit, and nothing of it is stored', async () => {
    const many = upTo(1_001).map(() => ({ value: json('1') }));
    const halves = upTo(2).map(() => ({ value: text(MiB / 2) }));
    const cases: [Promise<unknown>, string, number][] = [
      [queue.pushMessages({ queueId: 'much', messages: many }), 'keyed_batch', 1_000],
      [queue.pushMessages({ queueId: 'much', messages: [{ value: text(MiB + 1) }] }), 'value_bytes', MiB],
      [
        queue.pushMessages({ queueId: 'much', messages: [...halves, { value: bytes(1) }] }),
        'value_bytes',
        MiB,
      ],
      [
        queue.ackMessages({ queueId: 'much', receipts: upTo(1_001).map(() => receipt) }),
        'keyed_batch',
        1_000,
      ],
      [
        queue.nackMessages({ queueId: 'much', receipts: upTo(1_001).map(() => receipt) }),
        'keyed_batch',
        1_000,
      ],
      [
        queue.replayParkedMessages({ queueId: 'much', messageIds: upTo(1_001).map(String) }),
        'keyed_batch',
        1_000,
      ],
    ];
    for (const [call, limit, max] of cases) expect(await failureOf(call)).toMatchObject(tooLarge(limit, max));
    expect(await countsOf(queue, 'much')).toEqual([0, 0, 0, 0]);
  });

  test('bad input is refused, naming the field', async () => {
    const long = 'x'.repeat(513);
    const claims = (more: object) => queue.claimMessages({ queueId: 'q', ...more });
    const cases: [Promise<unknown>, string][] = [
      [queue.pushMessages({ messages: [{ value: json('1') }] }), 'queue_id'],
      [queue.pushMessages({ queueId: long, messages: [{ value: json('1') }] }), 'queue_id'],
      [queue.pushMessages({ queueId: 'a\u0000b', messages: [{ value: json('1') }] }), 'queue_id'],
      [queue.pushMessages({ queueId: 'q' }), 'messages'],
      [queue.pushMessages({ queueId: 'q', messages: [{ value: json('1') }, {}] }), 'messages[1].value'],
      [pushOne({ value: json('{') }), 'messages[0].value.json'],
      [pushOne({ groupId: long }), 'messages[0].group_id'],
      [pushOne({ groupId: '\n' }), 'messages[0].group_id'],
      [pushOne({ dedupId: 'x'.repeat(129) }), 'messages[0].dedup_id'],
      [pushOne({ delay: span(7 * 24 * hour + 1) }), 'messages[0].delay'],
      [pushOne({ delay: span(-1_000) }), 'messages[0].delay'],
      [pushOne({ maxAttempts: 1_001 }), 'messages[0].max_attempts'],
      [pushOne({ maxAttempts: -1 }), 'messages[0].max_attempts'],
      [
        queue.pushMessages({ queueId: 'q', messages: [{ value: json('1') }], requestId: 'x'.repeat(129) }),
        'request_id',
      ],
      [queue.popMessage({}), 'queue_id'],
      [queue.popMessage({ queueId: 'q', waitDuration: span(hour + 1) }), 'wait_duration'],
      [queue.popMessage({ queueId: 'q', waitDuration: span(-1_000) }), 'wait_duration'],
      [queue.claimMessages({}), 'queue_id'],
      [claims({ maxMessages: -1 }), 'max_messages'],
      [claims({ lease: span(9) }), 'lease'],
      [claims({ lease: span(12 * hour + 1) }), 'lease'],
      [claims({ waitDuration: span(hour + 1) }), 'wait_duration'],
      [claims({ owner: 'x'.repeat(129) }), 'owner'],
      [claims({ owner: '\t' }), 'owner'],
      [queue.ackMessages({ receipts: [receipt] }), 'queue_id'],
      [queue.ackMessages({ queueId: 'q' }), 'receipts'],
      [queue.ackMessages({ queueId: 'q', receipts: [receipt, ''] }), 'receipts[1]'],
      [queue.ackMessages({ queueId: 'q', receipts: [`${receipt}/`] }), 'receipts[0]'],
      [queue.nackMessages({ queueId: 'q', receipts: ['no'] }), 'receipts[0]'],
      [queue.nackMessages({ queueId: 'q', receipts: [receipt], delay: span(7 * 24 * hour + 1) }), 'delay'],
      [queue.extendLease({ receipt }), 'queue_id'],
      [queue.extendLease({ queueId: 'q' }), 'receipt'],
      [queue.extendLease({ queueId: 'q', receipt, lease: span(0) }), 'lease'],
      [queue.getQueue({}), 'queue_id'],
      [queue.listQueues({ queueIdPrefix: long }), 'queue_id_prefix'],
      [queue.listQueues({ pageSize: -1 }), 'page_size'],
      [queue.listQueues({ pageToken: 'p1.x.y' }), 'page_token'],
      [queue.peekMessages({}), 'queue_id'],
      [queue.peekMessages({ queueId: 'q', state: 5 as never }), 'state'],
      [queue.peekMessages({ queueId: 'q', pageSize: -1 }), 'page_size'],
      [queue.purgeQueue({}), 'queue_id'],
      [queue.purgeQueue({ queueId: 'q', states: [1, 9 as never] }), 'states[1]'],
      [queue.replayParkedMessages({}), 'queue_id'],
      [queue.replayParkedMessages({ queueId: 'q', messageIds: ['x', ''] }), 'message_ids[1]'],
    ];
    for (const [call, field] of cases) expect(await failureOf(call)).toMatchObject(badInput(field));
  });

  test('a page token is of its own request', async () => {
    await push(queue, 'token-1', upTo(2));
    await push(queue, 'token-2', upTo(2));
    const { nextPageToken } = await queue.peekMessages({ queueId: 'token-1', pageSize: 1 });
    const others = [{ queueId: 'token-2' }, { queueId: 'token-1', state: 2 }];
    for (const other of others) {
      expect(await failureOf(queue.peekMessages({ ...other, pageToken: nextPageToken }))).toMatchObject(
        badInput('page_token'),
      );
    }
    const queues = await queue.listQueues({ queueIdPrefix: 'token', pageSize: 1 });
    const other = queue.listQueues({ queueIdPrefix: 'toke', pageToken: queues.nextPageToken });
    expect(await failureOf(other)).toMatchObject(badInput('page_token'));
  });

  test('no answer is larger than 3 MiB, whatever it is asked for', async () => {
    const names = { groupId: '', dedupId: '' };
    for (const batch of upTo(10)) {
      const messages = upTo(100).map((n) => ({
        ...names,
        value: text(10_000),
        dedupId: `${batch}-${n}`.padEnd(128, 'd'),
      }));
      await queue.pushMessages({ queueId: 'q'.repeat(512), messages });
    }
    const queueId = 'q'.repeat(512);
    const page = await queue.peekMessages({ queueId, pageSize: 1_000 });
    expect(toBinary(PeekMessagesResponseSchema, page).length).toBeLessThanOrEqual(3 * MiB);
    expect(page.messages.length).toBeGreaterThan(100);
    expect(page.nextPageToken).not.toBe('');
    const claimed = await queue.claimMessages({ queueId, maxMessages: 5_000 });
    expect(toBinary(ClaimMessagesResponseSchema, claimed).length).toBeLessThanOrEqual(3 * MiB);
    expect(claimed.deliveries.length).toBeGreaterThan(100);
    // Small ones with the longest names there can be.
    for (const batch of upTo(2)) {
      const messages = upTo(500).map((n) => ({
        value: json('1'),
        groupId: `${batch}-${n}`.padEnd(512, 'g'),
        dedupId: `${batch}-${n}`.padEnd(128, 'd'),
      }));
      await queue.pushMessages({ queueId: 'names', messages });
    }
    const named = await queue.claimMessages({ queueId: 'names', maxMessages: 1_000 });
    expect(named.deliveries).toHaveLength(1_000);
    const size = toBinary(ClaimMessagesResponseSchema, named).length;
    // What is reserved for names is enough for them.
    expect(size / 1_000).toBeLessThanOrEqual(832 + 1);
    const stream = new ConsumerStream(queue, begin('q'.repeat(512), 1_000));
    await stream.expect('confirmation');
    for (let rest = 1_000 - claimed.deliveries.length; rest > 0; ) {
      const { deliveries } = await stream.expect('deliveries');
      expect(toBinary(ClaimMessagesResponseSchema, { ...claimed, deliveries }).length).toBeLessThanOrEqual(
        256 << 10,
      );
      rest -= deliveries.length;
    }
    stream.cancel();
  });
});

test('what is set lower holds', async () => {
  const { queue } = await startQueues({
    env: {
      TRACKSIDE_LIMITS_KEY_BYTES: '8',
      TRACKSIDE_LIMITS_APPEND_ID_BYTES: '4',
      TRACKSIDE_LIMITS_VALUE_BYTES: '1KiB',
      TRACKSIDE_LIMITS_KEYED_BATCH: '2',
      TRACKSIDE_LIMITS_PAGE_SIZE: '3',
      TRACKSIDE_QUEUE_MAX_ATTEMPTS: '7',
      TRACKSIDE_QUEUE_LEASE: '90s',
    },
  });
  await push(queue, 'q2345678', upTo(2));
  expect(await failureOf(push(queue, 'q23456789', [1]))).toMatchObject(badInput('queue_id'));
  expect(await failureOf(push(queue, 'q', [1], { dedupId: 'd2345' }))).toMatchObject(
    badInput('messages[0].dedup_id'),
  );
  expect(await failureOf(push(queue, 'q', upTo(3)))).toMatchObject(tooLarge('keyed_batch', 2));
  const large = queue.pushMessages({ queueId: 'q', messages: upTo(2).map(() => ({ value: text(600) })) });
  expect(await failureOf(large)).toMatchObject(tooLarge('value_bytes', 1024));
  for (const _ of upTo(2)) await push(queue, 'q2345678', upTo(2));
  expect((await queue.peekMessages({ queueId: 'q2345678', pageSize: 100 })).messages).toHaveLength(3);
  const deliveries = await claim(queue, 'q2345678');
  expect(deliveries).toHaveLength(2);
  expect(deliveries[0]!.message!.maxAttempts).toBe(7);
  expect(Number(deliveries[0]!.remaining!.seconds)).toBe(89);
});

test('queues in memory refuse what they have no room for, and take it when there is', async () => {
  const { queue } = await startQueues({ env: { TRACKSIDE_QUEUE_MAX_BYTES: '4MiB' } });
  const pushLarge = () => queue.pushMessages({ queueId: 'q', messages: [{ value: text(1_000_000) }] });
  const full = { code: 'RESOURCE_EXHAUSTED', reason: 'STORE_FULL' };
  let pushed = 0;
  for (let failure: unknown; !failure; ) {
    failure = await pushLarge().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!failure) pushed += 1;
  }
  expect(pushed).toBeGreaterThanOrEqual(3);
  expect(pushed).toBeLessThanOrEqual(4);
  expect(await failureOf(pushLarge())).toMatchObject(full);
  expect(await countsOf(queue, 'q')).toEqual([pushed, 0, 0, 0]);
  await queue.popMessage({ queueId: 'q' });
  await pushLarge();
});
