import { setTimeout as sleep } from 'node:timers/promises';
import { type Failure, reasonOf } from '../e2e/failure.js';
import type { Sidecar } from '../e2e/sidecar.js';
import { appendRequest, placedOf } from './grpc-subject.js';
import type { Attempt, SentEvent } from './observations.js';
import type { AppendCall } from './subject.js';

/** Where a process is, or will be again. */
export interface Site {
  readonly sidecar: Promise<Sidecar>;
  /** Whether its store is out of reach, or full, now and then. */
  readonly storeFails?: boolean;
  /** How many partitions its store has; 1 where nothing is said. */
  readonly partitions?: number;
}

const callTimeoutMs = 10_000;
/** Now and then the client gives up on a try while it may be half done, within that time. */
const impatience = { share: 0.1, maxMs: 4 };

/**
 * Appends until it is told to stop, and tries each append under its id until it is acknowledged. Every other
 * one goes to the writer's own conversation, behind what it knows to be the last event and with a rising fence.
 */
export async function write(site: Site, name: string, stopped: () => boolean): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  let last = 0;
  for (let i = 0; !stopped(); i++) {
    const own = i % 2 === 0;
    const call: AppendCall = {
      conversationId: own ? name : `shared-${i % 3}`,
      appendId: `${name}-${i}`,
      events: eventsOf(name, i),
      expectation: own ? last : 'any',
      fence: own ? i + 1 : undefined,
    };
    const tries = await insist(site, call);
    attempts.push(...tries);
    if (own) last = tries.at(-1)!.result!.lastSequence;
  }
  return attempts;
}

/** Tries until there is an answer; an answer that is a refusal is an error of the test. */
async function insist(site: Site, call: AppendCall): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  const { conversationId, appendId, events, fence } = call;
  const expected = typeof call.expectation === 'number' ? call.expectation : undefined;
  const attempt = { conversationId, appendId, events, fence, expected };
  for (;;) {
    const { tracker } = await site.sidecar;
    try {
      const signal = AbortSignal.timeout(patience());
      const response = await tracker.appendEvents(appendRequest(call), { signal });
      return [...attempts, { ...attempt, result: placedOf(response), repeated: response.duplicate }];
    } catch (error) {
      const failure = reasonOf(error);
      if (!isOpen(failure, site)) throw brokenPromise(call, failure);
      attempts.push({ ...attempt, result: undefined });
      await sleep(5);
    }
  }
}

/** Whether the failure leaves open what became of the append. */
function isOpen({ reason }: Failure, site: Site): boolean {
  return (
    reason === undefined ||
    reason === 'SHUTTING_DOWN' ||
    reason === 'CANCELLED' ||
    isStoreFailure(reason, site)
  );
}

/** Whether a call failed as its store did, which it does now and then. */
export function isStoreFailure(reason: string, { storeFails = false }: Site): boolean {
  return storeFails && (reason === 'STORE_UNAVAILABLE' || reason === 'STORE_FULL');
}

/** Nobody else writes to a writer's own conversation, so that what it expects there fails only by our fault. */
function brokenPromise({ appendId, expectation }: AppendCall, { reason, metadata, message }: Failure): Error {
  if (reason !== 'VERSION_CONFLICT') return new Error(`${appendId}: ${message}`);
  const isLost = Number(metadata.sequence) < Number(expectation);
  return new Error(`${isLost ? 'Durable' : 'Idempotent'}: ${appendId}: ${message}`);
}

function patience(): number {
  return Math.random() < impatience.share ? Math.ceil(Math.random() * impatience.maxMs) : callTimeoutMs;
}

function eventsOf(name: string, i: number): readonly SentEvent[] {
  return Array.from({ length: (i % 4) + 1 }, (_, n) => ({
    type: n % 2 === 0 ? 'user' : 'bot',
    name: '',
    data: `{"text": "${name} ${i}.${n}", "confidence": 1.0}`,
    metadata: n === 0 ? `${i}` : '',
  }));
}
