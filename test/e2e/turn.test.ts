import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { countEvents, span } from './calls.js';
import { newStore, startLocks } from './lock.js';
import { cleanUp } from './sidecar.js';
import { type Asked, endWorkers, startWorker, type Told, type Worker } from './worker.js';

afterEach(async () => {
  endWorkers();
  await cleanUp();
});

const conversationId = 'conversation';
const stale = { code: 9, reason: 'FENCE_STALE' };

/** One worker's turns, each guarded by the fence that it was given. */
class Turns {
  readonly #worker: Worker;
  #fence = '';

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  get process() {
    return this.#worker.process;
  }

  get fence(): bigint {
    return BigInt(this.#fence);
  }

  async take(call: 'acquireLock' | 'holdLock', more: Readonly<Record<string, string>>): Promise<void> {
    const { response } = await this.#worker.ask({ call, request: { lockId: conversationId, ...more } });
    const grant = (call === 'acquireLock' ? response?.grant : response?.granted) as { fence: string };
    this.#fence = grant.fence;
  }

  read(): Promise<Told> {
    return this.#ask('getTracker', {});
  }

  write(text: string): Promise<Told> {
    const event = { type: 'bot', data: JSON.stringify({ text }) };
    return this.#ask('appendEvents', { events: [event], appendId: text });
  }

  #ask(call: Asked['call'], request: object): Promise<Told> {
    return this.#worker.ask({ call, request: { conversationId, fence: this.#fence, ...request } });
  }
}

test('a worker that stalls past its lifetime loses the lock, and can not write what it had begun', async () => {
  const { address, tracker } = await startLocks(await newStore('sqlite'));
  const [stalled, other] = [new Turns(await startWorker(address)), new Turns(await startWorker(address))];
  await stalled.take('acquireLock', { lifetime: '0.5s' });
  expect((await stalled.read()).failure).toBeUndefined();
  expect((await stalled.write('one')).failure).toBeUndefined();
  stalled.process.kill('SIGSTOP');

  await other.take('acquireLock', { waitDuration: '10s' });
  expect(other.fence).toBeGreaterThan(stalled.fence);
  const { response } = await other.read();
  expect(response).toMatchObject({ tracker: { sequence: '1' } });
  stalled.process.kill('SIGCONT');
  expect((await stalled.write('late')).failure).toMatchObject(stale);
  expect((await stalled.read()).failure).toMatchObject(stale);
  expect((await other.write('two')).failure).toBeUndefined();
  expect(await countEvents(tracker, conversationId)).toBe(2);
});

test('a stream whose process stands still is found by the keepalive, and the rest is the same', async () => {
  const { address, tracker } = await startLocks(await newStore('sqlite'));
  const [stopped, other] = [new Turns(await startWorker(address)), new Turns(await startWorker(address))];
  await stopped.take('holdLock', {});
  expect((await stopped.write('one')).failure).toBeUndefined();
  stopped.process.kill('SIGSTOP');

  const begun = performance.now();
  await other.take('holdLock', { waitDuration: '60s' });
  expect(performance.now() - begun).toBeLessThan(12_000);
  expect(other.fence).toBeGreaterThan(stopped.fence);
  expect((await other.read()).response).toMatchObject({ tracker: { sequence: '1' } });
  stopped.process.kill('SIGCONT');
  await sleep(200);
  expect((await stopped.write('late')).failure).toMatchObject(stale);
  expect((await other.write('two')).failure).toBeUndefined();
  expect(await countEvents(tracker, conversationId)).toBe(2);
});

test('a client that answers keeps its stream, however long it is silent', async () => {
  const { address, lock } = await startLocks('memory:');
  const worker = new Turns(await startWorker(address));
  await worker.take('holdLock', {});
  await sleep(12_000);
  const { holder } = await lock.acquireLock({ lockId: conversationId, waitDuration: span(0) });
  expect(holder!.fence).toBe(worker.fence);
});
