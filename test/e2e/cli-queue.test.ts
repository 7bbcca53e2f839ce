import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { endCommands, objects, runCommand, runWithInput, startCommand } from './cli.js';
import { json } from './keyed.js';
import { cleanUp, type Sidecar, startSidecar } from './sidecar.js';

let sidecar: Sidecar;
beforeAll(async () => {
  sidecar = await startSidecar();
});
afterEach(endCommands);
afterAll(cleanUp);

const queue = (...args: readonly string[]) => runCommand(sidecar.address, 'queue', ...args);
const queueWith = (input: string, ...args: readonly string[]) =>
  runWithInput(input, sidecar.address, 'queue', ...args);
const done = (stdout: unknown = '') => ({ code: 0, stdout, stderr: '' });
const failed = (message: string, code = 1) => ({ code, stdout: '', stderr: `trackside: ${message}\n` });
const id = '[\\w-]{22}';
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);

interface DeliveryLine {
  readonly receipt: string;
  readonly fence?: number;
  readonly remaining_ms: number;
  readonly message: { readonly message_id: string; readonly attempts: number };
}

async function claimed(queueId: string, ...args: readonly string[]): Promise<DeliveryLine[]> {
  return objects<DeliveryLine>((await queue('claim', queueId, '--json', ...args)).stdout);
}

/** Pushes 1 and 2. */
async function push(queueId: string, options: { readonly groupId?: string } = {}): Promise<void> {
  const messages = ['1', '2'].map((value) => ({ value: json(value), ...options }));
  await sidecar.connection.queue.pushMessages({ queueId, messages });
}

describe('trackside queue', () => {
  test('prints help', async () => {
    const { stdout } = await queue('--help');
    for (const command of ['push', 'pop', 'claim', 'ack', 'nack', 'list', 'show', 'peek', 'purge', 'replay'])
      expect(stdout).toContain(`\n  ${command} [options]`);
    expect(stdout).toContain('$ trackside queue ');
    const push = await queue('push', '--help');
    for (const option of [
      '--text',
      '--bytes',
      '--lines',
      '--request-id',
      '--group',
      '--dedup-id',
      '--delay',
      '--max-attempts',
      '--json',
      '--address',
    ])
      expect(push.stdout).toContain(`  ${option}`);
  });

  test('pushes values of all kinds, and pops them as they are', async () => {
    expect(await queue('push', 'kinds', '{"a": 1.0}')).toEqual(
      done(expect.stringMatching(new RegExp(`^${id}\n$`))),
    );
    await queue('push', 'kinds', '--text', 'hi');
    await queueWith('\0é', 'push', 'kinds', '--bytes', '-');
    expect(await queue('pop', 'kinds')).toEqual(done('{"a": 1.0}\n'));
    expect(await queue('pop', 'kinds')).toEqual(done('"hi"\n'));
    expect(await queue('pop', 'kinds')).toEqual(done('\0é'));
    expect(await queue('pop', 'kinds')).toEqual(failed('no message is ready in queue "kinds"'));
  });

  test('pushes lines in order, once however often it is repeated', async () => {
    const lines = Array.from({ length: 2500 }, (_, i) => `${i}\n`).join('');
    const push = ['push', 'lines', '--lines', '--request-id', 'import', '--json'] as const;
    const first = objects<{ message_id: string }>((await queueWith(lines, ...push)).stdout);
    const again = objects<{ message_id: string }>((await queueWith(lines, ...push)).stdout);
    expect(first).toHaveLength(2500);
    expect(again).toEqual(first.map((result) => ({ ...result, duplicate: true })));
    const peeked = await queue('peek', 'lines', '--limit', '2400', '--json');
    expect(
      objects<{ value: { json: string } }>(peeked.stdout).map(({ value }) => Number(value.json)),
    ).toEqual(Array.from({ length: 2400 }, (_, i) => i));
  });

  test('pushes with a delay, attempts, a group and a dedup id', async () => {
    const [pushed] = objects<{ message_id: string }>(
      (
        await queue(
          'push',
          'options',
          '1',
          '--dedup-id',
          'd',
          '--group',
          'g',
          '--max-attempts',
          '2',
          '--json',
        )
      ).stdout,
    );
    const again = await queue('push', 'options', '1', '--dedup-id', 'd');
    expect(again).toEqual(done(`${pushed!.message_id} refused\n`));
    await queue('push', 'options', '2', '--delay', '1h');
    expect(objects((await queue('peek', 'options', '--json')).stdout)).toEqual([
      {
        message_id: pushed!.message_id,
        value: { json: '1' },
        group_id: 'g',
        dedup_id: 'd',
        push_time: time,
        attempts: 0,
        max_attempts: 2,
      },
    ]);
    expect(objects((await queue('peek', 'options', '--state', 'delayed', '--json')).stdout)).toMatchObject([
      { value: { json: '2' }, ready_time: time, max_attempts: 5 },
    ]);
    expect(await queueWith('1\n', 'push', 'options', '--lines', '--dedup-id', 'd')).toMatchObject({
      code: 2,
    });
  });

  test('claims with a lease, one at a time of a group, and gives back', async () => {
    await push('work', { groupId: 'w' });
    const [first] = await claimed('work', '--lease', '1m', '--max', '5');
    expect(first).toMatchObject({ fence: expect.any(Number), message: { attempts: 1 } });
    expect(first!.remaining_ms).toBeGreaterThan(30_000);
    expect(await queue('nack', 'work', first!.receipt)).toEqual(done());
    const { stdout } = await queue('claim', 'work');
    const [, receipt] = /^(\S+) {2}1\n$/.exec(stdout) ?? [];
    expect(await queue('nack', 'work', receipt!, '--delay', '1h')).toEqual(done());
    expect(await queue('claim', 'work')).toEqual(failed('no message is ready in queue "work"'));
  });

  test('acknowledges, and tells which claims had ended', async () => {
    await push('acked');
    const [first, second] = await claimed('acked', '--max', '2');
    expect(await queue('nack', 'acked', first!.receipt)).toEqual(done());
    expect(await queue('ack', 'acked', second!.receipt, first!.receipt, '--json')).toEqual({
      code: 1,
      stdout:
        `{"receipt":"${second!.receipt}","done":true}\n` +
        `{"receipt":"${first!.receipt}","done":false,"cause":"nacked"}\n`,
      stderr: `trackside: claim ${first!.receipt} had ended: nacked\n`,
    });
    expect(await queue('pop', 'acked', '--json')).toMatchObject({
      stdout: expect.stringContaining(`"attempts":2`),
    });
    expect(await queue('pop', 'acked')).toMatchObject({ code: 1 });
  });

  test('takes ids and receipts that begin with a dash', async () => {
    for (const receipt of ['-h0000000000000000000.0.0', '--json-x', '-Vx']) {
      expect(await queue('ack', 'dash', receipt)).toEqual(
        failed('receipts[0]: is not a receipt; use that of a delivery, as it is (INVALID_REQUEST)'),
      );
    }
    expect(await queue('replay', 'dash', '-hVjso______________-x')).toEqual(done('replayed 0\n'));
  });

  test('waits for a message', async () => {
    const pop = startCommand(sidecar.address, 'queue', 'pop', 'wait', '--wait', '20s');
    const start = performance.now();
    expect(await queue('claim', 'wait', '--wait', '300ms')).toMatchObject({ code: 1 });
    expect(performance.now() - start).toBeGreaterThan(300);
    await queue('push', 'wait', '"here"');
    expect(await pop.ended).toEqual(done('"here"\n'));
  });

  test('shows queues', async () => {
    const client = sidecar.connection.queue;
    await push('seen/a');
    const delayed = { value: json('3'), delay: durationFromMs(3_600_000) };
    await client.pushMessages({ queueId: 'seen/b', messages: [delayed] });
    await client.claimMessages({ queueId: 'seen/a' });
    expect(await queue('list', '--prefix', 'seen/')).toEqual(
      done(
        expect.stringMatching(
          /^QUEUE {3}READY {2}IN FLIGHT {2}DELAYED {2}PARKED {2}OLDEST\nseen\/a {2}1 {6}1 {10}0 {8}0 {7}\d+s\nseen\/b {2}0 {6}0 {10}1 {8}0\n$/,
        ),
      ),
    );
    const counts = { queue_id: 'seen/a', ready: 1, in_flight: 1, delayed: 0, parked: 0 };
    const oldest = { oldest_push_time: time, oldest_age_ms: expect.any(Number) };
    expect(objects((await queue('list', '--prefix', 'seen/a', '--json')).stdout)).toEqual([
      { ...counts, ...oldest },
    ]);
    expect(await queue('show', 'seen/a')).toEqual(
      done(
        expect.stringMatching(
          /^ready {6}1\nin flight {2}1\ndelayed {4}0\nparked {5}0\noldest {5}\d+s ago, \d{4}-.*Z\n$/,
        ),
      ),
    );
    expect(await queue('show', 'nothing', '--json')).toEqual(
      done('{"queue_id":"nothing","ready":0,"in_flight":0,"delayed":0,"parked":0}\n'),
    );
    expect(await queue('peek', 'seen/a', '--state', 'in-flight')).toEqual(
      done(
        expect.stringMatching(
          new RegExp(`^MESSAGE {17}PUSHED {20}ATTEMPTS  GROUP  VALUE\n${id}  \\S{24}  1 of 5           1\n$`),
        ),
      ),
    );
  });

  test('replays parked messages', async () => {
    const client = sidecar.connection.queue;
    const messages = [1, 2, 3].map((value) => ({ value: json(`${value}`), maxAttempts: 1 }));
    const { results } = await client.pushMessages({ queueId: 'parked', messages });
    const { deliveries } = await client.claimMessages({ queueId: 'parked', maxMessages: 3 });
    const receipts = deliveries.map(({ receipt }) => receipt);
    await client.nackMessages({ queueId: 'parked', receipts });
    expect(await queue('replay', 'parked', results[1]!.messageId)).toEqual(done('replayed 1\n'));
    expect(await queue('pop', 'parked')).toEqual(done('2\n'));
    expect(await queue('replay', 'parked', '--json')).toEqual(done('{"replayed":2}\n'));
  });

  test('purges', async () => {
    const messages = [{ value: json('1') }, { value: json('2'), delay: durationFromMs(3_600_000) }];
    await sidecar.connection.queue.pushMessages({ queueId: 'purged', messages });
    const purge = ['purge', 'purged', '--state', 'parked', '--state', 'ready'] as const;
    expect(await queue(...purge)).toEqual(done('purged 1\n'));
    expect(await queue('purge', 'purged', '--json')).toEqual(done('{"purged":1}\n'));
    expect(await queue('purge', 'purged', '--state', 'done')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Allowed choices are ready, delayed, in-flight, parked.'),
    });
  });
});
