import type { Micros } from '#src/storage/ports/common.js';
import type { MessageState } from '#src/storage/ports/queue.js';
import { SeenLine } from '../lock/observations.js';
import { type QueueSeen, replayQueues, type Seen, type SeenMessage, SeenQueues } from './observations.js';

/*
 * One function per promise of the queues, over everything that was seen of them. Each throws an error that begins
 * with the promise's name.
 */

/**
 * Messages come in the order of their places: those of a group behind each other, the others the first ready one
 * first. Of several who claim at once only the order in groups is known.
 */
export function fifo(
  seen: readonly QueueSeen[],
  known: (message: SeenMessage) => boolean = () => true,
): void {
  replayQueues(seen, (one, queues) => {
    if (one.what !== 'delivered' && one.what !== 'popped') return;
    const message = queues.messages.get(one.messageId);
    if (!message || !known(message)) return;
    for (const other of queues.open) {
      if (other.order >= message.order || other.queueId !== message.queueId) continue;
      if (other.groupId !== message.groupId) continue;
      const state = queues.stateOf(other, one.at);
      const isBefore = message.groupId === '' ? state === 'ready' : state !== undefined && state !== 'parked';
      if (isBefore)
        fail('FIFO', `${nameOf(message)} came at ${one.at} before ${nameOf(other)}, which was ${state}`);
    }
  });
}

/**
 * What was acknowledged or popped never comes again; all else is there, parked where its attempts are used up. Where
 * claims got lost with their answers, it is not known which attempt it is.
 */
export function atLeastOnce(seen: readonly QueueSeen[], { lostClaims = false } = {}): void {
  replayQueues(seen, (one, queues) => {
    if (one.what === 'delivered' || one.what === 'popped') assertDue(one, queues, lostClaims);
    if (one.what !== 'counted') return;
    for (const state of ['ready', 'delayed', 'in_flight', 'parked'] as const) {
      const right = idsOf(queues, one.queueId, state, one.at);
      const shown = one.shown[state];
      const missing = right.find((id) => !shown.includes(id));
      if (missing) {
        const what = `${missing} in ${one.queueId} is not ${state} at ${one.at}`;
        fail('At least once', `${what}; ${lifeOf(missing, seen)}`);
      }
      const extra = shown.find((id) => !right.includes(id));
      if (extra)
        fail('At least once', `${extra} in ${one.queueId} is ${state} at ${one.at}, but should not be`);
    }
  });
}

function assertDue(
  one: QueueSeen & { readonly messageId: string },
  queues: SeenQueues,
  lostClaims: boolean,
): void {
  const message = queues.messages.get(one.messageId);
  if (!message) fail('At least once', `${one.messageId} was never pushed`);
  const state = queues.stateOf(message, one.at);
  if (state !== 'ready') {
    fail('At least once', `${nameOf(message)} came at ${one.at} when it was ${state ?? 'done'}`);
  }
  if (one.what !== 'delivered') return;
  const next = message.attempts + 1;
  if (lostClaims ? one.attempts < next : one.attempts !== next) {
    fail('At least once', `${nameOf(message)} came as attempt ${one.attempts} after ${message.attempts}`);
  }
}

/** Of a group, in whatever queues, one message is claimed at a time. */
export function oneInFlight(seen: readonly QueueSeen[]): void {
  replayQueues(seen, (one, queues) => {
    if (one.what !== 'delivered') return;
    const message = queues.messages.get(one.messageId);
    if (!message || message.groupId === '') return;
    const other = [...queues.open].find(
      (other) => other !== message && other.groupId === message.groupId && queues.isClaimed(other, one.at),
    );
    if (other)
      fail('One in flight', `${nameOf(message)} came at ${one.at} while ${nameOf(other)} was claimed`);
  });
}

/** A claim is settled once, while its lease lasts; later it is refused, and told what had ended the claim. */
export function leased(seen: readonly QueueSeen[]): void {
  replayQueues(seen, (one, queues) => {
    if (one.what !== 'settled') return;
    const claim = queues.claims.get(one.receipt);
    if (!claim) return;
    const end = queues.endOf(claim, one.at);
    const what = `${one.kind} of ${one.receipt} at ${one.at}`;
    if (!end && !one.done && claim.until > one.at)
      fail('Leased', `${what} was refused: ${one.cause}; its lease lasts to ${claim.until}`);
    if (!end) return;
    const isRepeat =
      end.by === one.kind || (end.cause === 'nacked' && one.kind !== 'ack' && one.kind !== 'extend');
    if (one.done && !isRepeat) fail('Leased', `${what} was done, though the claim was over: ${end.cause}`);
    if (!one.done && one.cause !== end.cause) fail('Leased', `${what}: ${one.cause}, not ${end.cause}`);
  });
}

/** Whoever has a group's message has the lock of that name, and nobody else; its fence is above all before. */
export function claimIsLock(seen: readonly Seen[]): void {
  const queues = new SeenQueues();
  const lines = new Map<string, SeenLine>();
  const highest = new Map<string, number>();
  const lineOf = (lockId: string) => {
    const line = lines.get(lockId) ?? new SeenLine();
    lines.set(lockId, line);
    return line;
  };
  for (const one of seen) {
    if ('lockId' in one) {
      assertNoOtherClaim(one, queues);
      lineOf(one.lockId).note(one);
      if (one.what === 'granted') highest.set(one.lockId, Math.max(one.fence, highest.get(one.lockId) ?? 0));
      continue;
    }
    const groupId = one.what === 'delivered' ? (queues.messages.get(one.messageId)?.groupId ?? '') : '';
    if (one.what === 'delivered' && groupId !== '') {
      assertLock(one, groupId, lineOf(groupId), highest.get(groupId) ?? 0);
      highest.set(groupId, Math.max(one.fence!, highest.get(groupId) ?? 0));
    }
    queues.note(one);
  }
}

type Delivered = Extract<QueueSeen, { what: 'delivered' }>;

/** A claim must find its group's lock free and unawaited, but for its own holding. */
function assertLock(one: Delivered, groupId: string, line: SeenLine, highest: number): void {
  // Where the answer came when the lease was over, others may have had the lock since.
  if (one.until <= one.at) return;
  if (one.fence === undefined) fail('A claim is the lock', `${one.receipt} has no fence`);
  const holding = line.holdingAt(one.at);
  if (holding && holding.fence !== one.fence) {
    fail(
      'A claim is the lock',
      `${one.receipt} at ${one.at} while ${groupId} was held with ${holding.fence}`,
    );
  }
  // Who asked after the claim may be known before it.
  const waiter = line.waitingAt(one.at).find((ticket) => ticket < one.fence!);
  if (waiter !== undefined) {
    fail('A claim is the lock', `${one.receipt} at ${one.at} while #${waiter} waited for ${groupId}`);
  }
  if (one.fence < highest)
    fail('A claim is the lock', `${one.receipt} has fence ${one.fence}, after ${highest}`);
}

/** Nobody may get a lock while its group's message is claimed, or be shown as its holder. */
function assertNoOtherClaim(one: Extract<Seen, { lockId: string }>, queues: SeenQueues): void {
  if (one.what !== 'granted' && one.what !== 'shown') return;
  for (const message of queues.open) {
    if (message.groupId !== one.lockId || !queues.isClaimed(message, one.at)) continue;
    const fence = Number.parseInt(message.claim!.receipt.split('.')[2]!, 36);
    if (fence !== one.fence) {
      fail('A claim is the lock', `${one.lockId} has fence ${one.fence} at ${one.at}, claimed with ${fence}`);
    }
  }
}

/** A dedup id is refused while its message is in the queue and for a window after it was done, and only then. */
export function deduplicated(seen: readonly QueueSeen[], window: Micros): void {
  replayQueues(seen, (one, queues) => {
    if ((one.what !== 'pushed' && one.what !== 'refused') || one.dedupId === '') return;
    const twin = [...queues.messages.values()].find(
      ({ queueId, dedupId, purged, doneTime }) =>
        queueId === one.queueId &&
        dedupId === one.dedupId &&
        !purged &&
        (doneTime === undefined || doneTime + window > one.at),
    );
    const what = `${one.dedupId} in ${one.queueId} at ${one.at}`;
    if (one.what === 'pushed' && twin)
      fail('Deduplicated', `${what} was taken, though ${nameOf(twin)} was before`);
    if (one.what === 'refused' && twin?.messageId !== one.messageId) {
      fail('Deduplicated', `${what} was refused for ${one.messageId}, not for ${twin?.messageId}`);
    }
  });
}

/** A push that bears a request id is carried out once; a repeat gets the first message's id. */
export function pushedOnce(seen: readonly QueueSeen[]): void {
  const first = new Map<string, string>();
  for (const one of seen) {
    if ((one.what !== 'pushed' && one.what !== 'repeated') || one.requestId === '') continue;
    const before = first.get(one.requestId);
    if (one.what === 'pushed') {
      if (before !== undefined)
        fail('Pushed once', `${one.requestId} pushed ${one.messageId} after ${before}`);
      first.set(one.requestId, one.messageId);
    } else if (one.messageId !== before) {
      fail('Pushed once', `${one.requestId} was answered with ${one.messageId}, not ${before}`);
    }
  }
}

/** A queue's numbers are those of the messages that it shows, in its own answer and in the list. */
export function counted(seen: readonly QueueSeen[]): void {
  for (const one of seen) {
    if (one.what !== 'counted') continue;
    const { ready, delayed, in_flight, parked } = one.shown;
    const right = [ready, delayed, in_flight, parked].map(({ length }) => length).join();
    const all = [one.state, ...(one.listed || right !== '0,0,0,0' ? [one.listed] : [])];
    for (const state of all) {
      const told = state && [state.ready, state.delayed, state.inFlight, state.parked].join();
      if (told !== right) fail('Counted', `${one.queueId} at ${one.at}: ${told}, but ${right} are shown`);
    }
  }
}

function idsOf(queues: SeenQueues, queueId: string, state: MessageState, now: Micros): string[] {
  return [...queues.open]
    .filter((message) => message.queueId === queueId && queues.stateOf(message, now) === state)
    .map(({ messageId }) => messageId);
}

/** What was seen of a message, for people. */
function lifeOf(messageId: string, seen: readonly QueueSeen[]): string {
  const mine = seen.filter(
    (one) =>
      ('messageId' in one && one.messageId === messageId) ||
      ('receipt' in one && one.receipt.startsWith(messageId)),
  );
  const tell = (one: QueueSeen) =>
    one.what === 'settled' ? `${one.kind} ${one.done ? 'done' : one.cause}` : one.what;
  return mine.map((one) => `${tell(one)} at ${one.at}`).join(', ');
}

function nameOf({ queueId, groupId, messageId, order }: SeenMessage): string {
  return `${messageId} (${queueId}${groupId && `, group ${groupId}`}, number ${order})`;
}

function fail(promise: string, what: string): never {
  throw new Error(`${promise}: ${what}`);
}
