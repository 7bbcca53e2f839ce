import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { backoffMs, type CallError, isTransient, type LockClient } from '@trackside/client';
import {
  HoldingEnd,
  type HoldLockRequestSchema,
  type HoldLockResponse,
  TakenPolicy,
} from '@trackside/client/gen/trackside/v1/lock_service_pb.js';
import { defined } from '../defined.js';
import { durationOf } from '../time.js';

type Request = MessageInitShape<typeof HoldLockRequestSchema>;

/** Which lock, how, and for how long. */
export interface Holding {
  /** With a request_id, and without the wait. */
  readonly request: Request;
  /** How long to wait for the lock, in milliseconds; undefined for as long as it takes. */
  readonly waitMs: number | undefined;
  /** Leaves the line, or lets the lock go. */
  readonly signal: AbortSignal;
}

/** What becomes of a holding. */
export type Turn =
  | { readonly kind: 'queued'; readonly ahead: number }
  | { readonly kind: 'granted'; readonly fence: bigint; readonly leaseMs: number }
  /** Somebody asks the holder to let go. */
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'lost'; readonly cause: string };

/** How long the server may be away from somebody who waits. */
const patienceMs = 30_000;
/** What of the server's lease is left for sure when the holder is cut off. */
const leaseLeft = 0.6;

/**
 * Waits for a lock and holds it, until the signal, the loss or, without a grant, the end of the wait. A stream that
 * is cut is taken up again under the same request id, and either the same holding goes on or it is lost. Fails where
 * the first stream does before it told anything, where the lock is refused, and for what a retry won't cure.
 */
export async function* holdLock(lock: LockClient, holding: Holding): AsyncGenerator<Turn> {
  const waitEnd = performance.now() + (holding.waitMs ?? Number.POSITIVE_INFINITY);
  let fence: bigint | undefined;
  let holderPatienceMs = 0;
  let giveUpAt = 0;
  let answered = false;
  for (let attempt = 0; ; attempt++) {
    const request =
      fence === undefined
        ? waiting(holding, waitEnd)
        : { ...holding.request, takenPolicy: TakenPolicy.REJECT };
    try {
      for await (const item of itemsOf(lock, request, holding.signal, giveUpAt)) {
        answered = true;
        const turn = turnOf(item, fence);
        if (turn?.kind === 'granted') {
          fence = turn.fence;
          holderPatienceMs = turn.leaseMs * leaseLeft;
        }
        if (turn) yield turn;
        if (turn?.kind === 'lost') return;
      }
      return;
    } catch (error) {
      if (holding.signal.aborted) return;
      if (answered) {
        giveUpAt = performance.now() + (fence === undefined ? patienceMs : holderPatienceMs);
        [answered, attempt] = [false, 0];
      }
      if (!isTransient(error) || performance.now() >= giveUpAt) {
        if (fence === undefined) throw error;
        yield { kind: 'lost', cause: `cut off, and not taken up again: ${(error as CallError).details}` };
        return;
      }
    }
    await sleep(Math.min(backoffMs(attempt), 500), undefined, { signal: holding.signal }).catch(() => {});
  }
}

/** The request of somebody who doesn't hold the lock yet. */
function waiting({ request, waitMs }: Holding, waitEnd: number): Request {
  const leftMs = waitMs === undefined ? undefined : Math.max(0, Math.ceil(waitEnd - performance.now()));
  return { ...request, ...defined({ waitDuration: durationOf(leftMs) }) };
}

/** The items of a stream; where it takes a cut one up, it fails unless the first is there at a time. */
async function* itemsOf(
  lock: LockClient,
  request: Request,
  signal: AbortSignal,
  giveUpAt: number,
): AsyncGenerator<HoldLockResponse['item']> {
  const late = new AbortController();
  const timer = giveUpAt ? setTimeout(() => late.abort(), giveUpAt - performance.now()) : undefined;
  try {
    for await (const { item } of lock.holdLock(request, { signal: AbortSignal.any([signal, late.signal]) })) {
      clearTimeout(timer);
      yield item;
    }
  } finally {
    clearTimeout(timer);
  }
}

/** What an item says to somebody who has a fence, or waits for one. */
function turnOf(item: HoldLockResponse['item'], fence: bigint | undefined): Turn | undefined {
  switch (item.case) {
    case 'queued':
      return { kind: 'queued', ahead: item.value.ahead };
    case 'granted':
      if (fence === undefined) {
        return {
          kind: 'granted',
          fence: item.value.fence,
          leaseMs: item.value.lease ? durationMs(item.value.lease) : 0,
        };
      }
      if (fence === item.value.fence) return undefined;
      return { kind: 'lost', cause: 'the server has no memory of it' };
    case 'interrupted':
      return { kind: 'interrupted' };
    case 'lost':
      return { kind: 'lost', cause: causes[item.value.cause] };
    default:
      return undefined;
  }
}

const causes: Readonly<Record<HoldingEnd, string>> = {
  [HoldingEnd.UNSPECIFIED]: 'for a reason unknown to this version',
  [HoldingEnd.EXPIRED]: 'its time was over',
  [HoldingEnd.DELETED]: 'it was deleted',
  [HoldingEnd.RELEASED]: 'it was released',
  [HoldingEnd.TAKEN_OVER]: 'another stream took it over',
  [HoldingEnd.UNCERTAIN]: "the store didn't answer",
};
