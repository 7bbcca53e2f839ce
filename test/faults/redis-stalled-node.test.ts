import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { partitionOf } from '#src/storage/partition.js';
import { appendRequest } from '../conformance/grpc-subject.js';
import { call } from '../conformance/tools.js';
import { cleanUp, startSidecar } from '../e2e/sidecar.js';
import { isThere, type Running, serverNamed, startThrowaway } from '../servers/servers.js';

let running: Running | undefined;
let stalled: number | undefined;
afterEach(async () => {
  await cleanUp();
  if (stalled !== undefined) process.kill(stalled, 'SIGCONT');
  await running?.[Symbol.asyncDispose]();
});

const conversations = Array.from({ length: 48 }, (_, i) => `customer-${i}`);
const partitions = 16;

/** The partitions whose logs a node has. */
async function partitionsAt(port: string): Promise<ReadonlySet<number>> {
  const find = ['-p', port, '--scan', '--pattern', '{trackside:*}:log'];
  const { stdout } = await promisify(execFile)('redis-cli', find);
  return new Set([...stdout.matchAll(/:(\d+)}/g)].map(([, partition]) => Number(partition)));
}

const server = serverNamed('redis-cluster');
(isThere(server) && !process.env[server.variable] ? describe : describe.skip)('a stalled node', () => {
  test("of a cluster doesn't hold up appends to what is on other nodes", async () => {
    // No failover comes to its help.
    running = await startThrowaway(server, '--cluster-node-timeout', '60000');
    const { tracker } = await startSidecar({ storage: running.url });
    const append = (id: string, appendId: string) => tracker.appendEvents(appendRequest(call(id, appendId)));
    await Promise.all(conversations.map((id) => append(id, 'before')));

    const [, port] = /127\.0\.0\.1:(\d+)/.exec(running.url)!;
    const atNode = await partitionsAt(port!);
    expect(atNode.size).toBeGreaterThan(0);
    expect(atNode.size).toBeLessThan(partitions);
    const isStuck = (id: string) => atNode.has(partitionOf(id, partitions));
    const [stuck, free] = [conversations.filter(isStuck), conversations.filter((id) => !isStuck(id))];

    stalled = Number(readFileSync(join(running.folder!, port!, 'redis.pid'), 'utf8'));
    process.kill(stalled, 'SIGSTOP');
    let answered = 0;
    const waiting = stuck.map((id) =>
      append(id, 'meanwhile').then(
        () => {
          answered += 1;
        },
        () => {},
      ),
    );
    for (let round = 0; round < 5; round++) {
      const began = Date.now();
      await Promise.all(free.map((id) => append(id, `meanwhile-${round}`)));
      expect(Date.now() - began).toBeLessThan(2_000);
    }
    expect(answered).toBe(0);

    process.kill(stalled, 'SIGCONT');
    await Promise.all(waiting);
    for (const id of stuck) expect((await append(id, 'meanwhile')).lastSequence).toBe(2n);
  }, 120_000);
});
