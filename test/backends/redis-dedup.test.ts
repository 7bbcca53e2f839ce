import { afterAll, describe, expect, test } from '@jest/globals';
import { steadyNow } from '#src/storage/clock.js';
import { partitionOf } from '#src/storage/partition.js';
import type { Backend } from '#src/storage/ports/backend.js';
import type { NewMessage } from '#src/storage/ports/queue.js';
import type { Runner } from '#src/storage/redis/script.js';
import { scripts } from '#src/storage/redis/scripts.js';
import { isThere, serverNamed } from '../servers/servers.js';
import {
  ack,
  claim,
  elsewhere,
  linesOn,
  message,
  names,
  partitions,
  second,
  valuesOf,
  withTwo,
} from './redis-lines-tools.js';
import { connectionTo, keysOf, stopShared } from './redis-tools.js';

afterAll(stopShared);

const dedupWindow = 60 * second;
/** Time passes as the tests say. */
const options = { dedupWindow, clock: 'caller' } as const;

(isThere(serverNamed('redis')) ? describe : describe.skip)('the dedup ids of a queue on redis', () => {
  test('refuse a dedup id in whatever partition its message is', () =>
    withTwo(
      'redis',
      async ({ one, other }) => {
        let now = steadyNow();
        const push = async ({ queue }: Backend, groupId: string, more: Partial<NewMessage> = {}) =>
          (await queue!.push([message('x', { groupId, dedupId: 'd', ...more })], now))[0]!;
        for (const groupId of ['', ...elsewhere]) {
          const request = { id: `of ${groupId}`, digest: 'x' };
          const first = await push(one, groupId, { request });
          if (first.status !== 'done') throw new Error(`it was ${first.status}`);
          const refused = { status: 'refused', messageId: first.result.messageId };
          const all = ['', ...names];
          const twins = async () => Promise.all(all.map((group) => push(other, group)));
          expect(await twins()).toEqual(all.map(() => refused));
          expect(await push(other, groupId, { request })).toEqual({ ...first, status: 'repeated' });
          expect(await push(other, groupId, { request: { ...request, digest: 'y' } })).toEqual({
            status: 'request_id_reused',
          });
          await ack(other.queue!, await claim(other.queue!, {}, now), now);
          expect(await twins()).toEqual(all.map(() => refused));
          now += dedupWindow + 1;
        }
        const many = await Promise.all(
          [one, other, one, other].map((backend, i) => push(backend, names[i]!)),
        );
        expect(many.filter(({ status }) => status === 'done')).toHaveLength(1);
        const batch = ['', ...names].map((groupId) => message('y', { groupId, dedupId: 'e' }));
        const outcomes = await one.queue!.push(batch, now);
        expect(outcomes.filter(({ status }) => status === 'done')).toHaveLength(1);
        expect(outcomes.filter(({ status }) => status === 'refused')).toHaveLength(4);
      },
      options,
    ));

  test('let one of two pushes come to be whose dedup id is reserved at the same time', () =>
    withTwo('redis', async ({ one, url, namespace }) => {
      const connection = await connectionTo(url);
      let [reserved, goOn] = [() => {}, () => {}];
      const isReserved = new Promise<void>((resolve) => {
        reserved = resolve;
      });
      const mayGoOn = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      const slow: Runner = {
        call: (command, ...args) => connection.call(command, ...args),
        run: async (script, ...rest) => {
          if (script === scripts.push) {
            reserved();
            await mayGoOn;
          }
          return connection.run(script, ...rest);
        },
      };
      const { queue } = await linesOn(slow, url, namespace, {
        ...{ partitions, dedupWindow },
        clock: 'server',
      });
      const asked = (groupId: string) => [message(groupId, { groupId, dedupId: 'd' })];
      const late = queue.push(asked(elsewhere[0]!), steadyNow());
      await isReserved;
      const [first] = await one.queue!.push(asked(elsewhere[1]!), steadyNow());
      goOn();
      if (first?.status !== 'done') throw new Error(`it was ${first?.status}`);
      expect(await late).toEqual([{ status: 'refused', messageId: first.result.messageId }]);
      expect(valuesOf(await claim(one.queue!))).toEqual([elsewhere[1]]);
    }));

  test('free a dedup id that was reserved for a message that never came', () =>
    withTwo(
      'redis',
      async ({ one, url, namespace }) => {
        let now = steadyNow();
        const groupId = elsewhere[0]!;
        const pushed = () => one.queue!.push([message('x', { groupId, dedupId: 'd' })], now);
        await pushed();
        const { client } = await connectionTo(url);
        await client.del(`{${namespace}:${partitionOf(groupId, partitions)}}:messages`);
        expect(await pushed()).toMatchObject([{ status: 'done' }]);
        await ack(one.queue!, await claim(one.queue!, {}, now), now);
        for (let i = 0; i < 3; i++) {
          now += dedupWindow + 1;
          while (await one.queue!.sweep(100, now));
        }
        const left = (await keysOf(url, namespace)).map((key) => key.replace(/^\d+:/, ''));
        expect(left).not.toContain('messages');
        expect(left).not.toContain('dedup_times');
      },
      options,
    ));
});
