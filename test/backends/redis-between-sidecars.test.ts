import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { steadyNow } from '#src/storage/clock.js';
import type { Backend } from '#src/storage/ports/backend.js';
import type { LockNotice } from '#src/storage/ports/lock.js';
import type { QueueNotice } from '#src/storage/ports/queue.js';
import { isThere, serverNamed } from '../servers/servers.js';
import {
  ack,
  claim,
  fenceOf,
  message,
  names,
  second,
  ticket,
  until,
  valuesOf,
  withTwo,
} from './redis-lines-tools.js';
import { stopShared } from './redis-tools.js';

afterAll(stopShared);

for (const name of ['redis', 'redis-sentinel', 'redis-cluster']) {
  (isThere(serverNamed(name)) ? describe : describe.skip)(`two sidecars on ${name}`, () => {
    test(
      'tell each other of grants and of messages at once',
      () =>
        withTwo(name, async ({ one, other }) => {
          const heard: { who: string; notice: LockNotice | QueueNotice }[] = [];
          for (const [who, { lock, queue }] of Object.entries({ one, other })) {
            await lock!.watch((notice) => heard.push({ who, notice }));
            await queue!.watch((notice) => heard.push({ who, notice }));
          }
          const waits: number[] = [];
          for (const lockId of names) {
            const fence = await fenceOf(one, ticket(lockId, 'first'));
            const waiting = await other.lock!.enter(ticket(lockId, 'second'), steadyNow());
            expect(waiting).toMatchObject({ status: 'queued', ahead: 1 });
            heard.length = 0;
            await one.lock!.release(lockId, fence, steadyNow());
            const granted = () => heard.filter(({ notice }) => notice.kind === 'granted');
            waits.push(await until(() => granted().length === 2));
            expect(granted().map(({ who }) => who)).toEqual(['one', 'other']);
            expect(granted()[1]!.notice).toMatchObject({ lockId, requestId: 'second' });
          }
          heard.length = 0;
          await other.queue!.push([message('1'), message('2')], steadyNow());
          waits.push(await until(() => heard.length === 2));
          expect(Math.min(...waits)).toBeLessThan(50);
          const ready = { kind: 'ready', queueId: 'q', count: 2 };
          expect(heard).toEqual([
            { who: 'other', notice: ready },
            { who: 'one', notice: ready },
          ]);
        }),
      60_000,
    );

    test(
      'hold a lock one after the other, in line',
      () =>
        withTwo(name, async ({ one, other }) => {
          const fences: number[] = [];
          const told = new Map<number, (fence: number) => void>();
          for (const { lock } of [one, other]) {
            await lock!.watch((notice) => {
              if (notice.kind === 'granted') told.get(notice.ticket)?.(notice.grant.fence);
            });
          }
          await sleep(200);
          let holders = 0;
          const hold = async (backend: Backend, requestId: string) => {
            const outcome = await backend.lock!.enter(ticket('l', requestId), steadyNow());
            if (!('ticket' in outcome)) throw new Error(outcome.status);
            const fence =
              outcome.status === 'granted'
                ? outcome.grant.fence
                : await new Promise<number>((resolve) => {
                    told.set(outcome.ticket, resolve);
                    const keep = [{ lockId: 'l', ticket: outcome.ticket, lease: 60 * second }];
                    backend.lock!.keep(keep, steadyNow()).then(
                      ([kept]) => {
                        if (kept?.status === 'granted') resolve(kept.grant.fence);
                      },
                      () => {},
                    );
                  });
            holders += 1;
            expect(holders).toBe(1);
            fences.push(fence);
            await sleep(1);
            holders -= 1;
            expect(await backend.lock!.release('l', fence, steadyNow())).toEqual({ status: 'released' });
          };
          await Promise.all(Array.from({ length: 60 }, (_, i) => hold(i % 2 === 0 ? one : other, `r${i}`)));
          expect(fences).toHaveLength(60);
          expect(fences).toEqual(fences.toSorted((a, b) => a - b));
        }),
      60_000,
    );

    test(
      'take turns at a queue, none of whose messages is handed out twice',
      () =>
        withTwo(name, async ({ one, other }) => {
          const groups = ['', ...names, 'g'];
          const all = Array.from({ length: 300 }, (_, i) =>
            message(`${i}`, { groupId: groups[i % groups.length]! }),
          );
          await one.queue!.push(all, steadyNow());
          const seen: string[] = [];
          const consume = async ({ queue }: Backend) => {
            for (;;) {
              const deliveries = await claim(queue!, { maxMessages: 7 });
              if (deliveries.length === 0) return;
              seen.push(...valuesOf(deliveries));
              await ack(queue!, deliveries);
            }
          };
          while (seen.length < 300) await Promise.all([one, other, one, other].map(consume));
          expect(new Set(seen).size).toBe(300);
          for (const group of groups.slice(1)) {
            const order = seen.map(Number).filter((i) => groups[i % groups.length] === group);
            expect(order).toEqual(order.toSorted((a, b) => a - b));
          }
          expect(await one.queue!.list('', '', 10, steadyNow())).toEqual([]);
        }),
      60_000,
    );
  });
}
