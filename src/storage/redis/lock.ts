import { compareBytes } from '../bytes.js';
import { laterKey } from '../keys.js';
import { partitionOf } from '../partition.js';
import type { Micros } from '../ports/common.js';
import type {
  EndCause,
  Ending,
  EnterOutcome,
  ExtendOutcome,
  Grant,
  Holding,
  HoldingKind,
  Keep,
  KeepOutcome,
  LeaveOutcome,
  LockLine,
  LockState,
  LockStore,
  NewTicket,
  ReleaseOutcome,
} from '../ports/lock.js';
import { inShares } from './keyed.js';
import type { Lines } from './lines.js';
import { scripts } from './scripts.js';

/** Locks on Redis: an operation is one script on the lock's partition. */
export function openLock(lines: Lines): LockStore {
  const { partitions } = lines;
  const partitionFor = (lockId: string) => partitionOf(lockId, partitions);

  async function enter(asked: NewTicket, now: Micros): Promise<EnterOutcome> {
    const { lockId, requestId, owner, kind, lifetime, lease, wait, interrupt, maxWaiting } = asked;
    const args = [lockId, requestId, owner, kind, lifetime ?? '', lease];
    const flags = [wait ? 1 : 0, interrupt ? 1 : 0, maxWaiting];
    const answer = await lines.run<EnterReply>(partitionFor(lockId), scripts.enter, [...args, ...flags], now);
    switch (answer[0]) {
      case 'granted':
        return { status: 'granted', ticket: answer[1], grant: grantOf(answer[2]) };
      case 'queued':
        return { status: 'queued', ticket: answer[1], ahead: answer[2] };
      case 'taken':
        return { status: 'taken', holder: holdingOf(answer[1]), waiting: answer[2] };
      case 'full':
        return { status: 'full' };
      case 'ended':
        return { status: 'ended', ending: endingOf(answer[1])! };
    }
  }

  function keep(tickets: readonly Keep[], now: Micros): Promise<readonly KeepOutcome[]> {
    return inShares(
      tickets,
      partitions,
      ({ lockId }) => lockId,
      async (partition, share) => {
        const args = share.flatMap(({ lockId, ticket, lease }) => [lockId, ticket, lease]);
        const [answers] = await lines.run<readonly [readonly KeepReply[]]>(
          partition,
          scripts.keep,
          args,
          now,
        );
        return answers.map(keepOutcome);
      },
    );
  }

  async function extend(
    lockId: string,
    fence: number,
    lifetime: Micros,
    now: Micros,
  ): Promise<ExtendOutcome> {
    const args = [lockId, fence, lifetime];
    const answer = await lines.run<ExtendReply>(partitionFor(lockId), scripts.extend, args, now);
    switch (answer[0]) {
      case 'extended':
        return { status: 'extended', grant: grantOf(answer[1]), waiting: answer[2] };
      case 'ended':
        return { status: 'ended', ending: endingOf(answer[1]) };
      case 'wrong_kind':
        return { status: 'wrong_kind', kind: answer[1] };
    }
  }

  async function release(lockId: string, fence: number, now: Micros): Promise<ReleaseOutcome> {
    const answer = await lines.run<ReleaseReply>(partitionFor(lockId), scripts.release, [lockId, fence], now);
    switch (answer[0]) {
      case 'ended':
        return { status: 'ended', ending: endingOf(answer[1]) };
      case 'wrong_kind':
        return { status: 'wrong_kind', kind: answer[1] };
      default:
        return { status: answer[0] };
    }
  }

  async function leave(lockId: string, ticket: number, held: boolean, now: Micros): Promise<LeaveOutcome> {
    const args = [lockId, ticket, held ? 1 : 0];
    const answer = await lines.run<LeaveReply>(partitionFor(lockId), scripts.leave, args, now);
    return answer[0] === 'left' ? { status: 'left' } : { status: 'granted', grant: grantOf(answer[1]) };
  }

  async function end(lockId: string, fence: number | undefined, now: Micros): Promise<boolean> {
    const args = [lockId, fence ?? ''];
    const [status] = await lines.run<readonly [string]>(
      partitionFor(lockId),
      scripts.deleteHolding,
      args,
      now,
    );
    return status === 'deleted';
  }

  async function get(lockId: string, maxWaiters: number, now: Micros): Promise<LockLine | undefined> {
    const args = [lockId, maxWaiters];
    const answer = await lines.run<LineReply>(partitionFor(lockId), scripts.getLock, args, now);
    if (answer[0] === 'free') return undefined;
    const [, holder, waiting, waiters] = answer;
    return {
      lockId,
      holder: holdingOf(holder),
      waiting,
      waiters: waiters.map(([ticket, owner, requestTime]) => ({ ticket, owner, requestTime })),
    };
  }

  async function list(
    prefix: string,
    after: string,
    limit: number,
    now: Micros,
  ): Promise<readonly LockState[]> {
    const from = laterKey(prefix, after) === after ? `(${after}` : `[${prefix}`;
    const answers = await Promise.all(
      lines.all.map((partition) =>
        lines.run<readonly [readonly StateReply[]]>(partition, scripts.listLocks, [from, prefix, limit], now),
      ),
    );
    return answers
      .flatMap(([states]) => states)
      .map(([lockId, holder, waiting]) => ({ lockId, holder: holdingOf(holder), waiting }))
      .sort((a, b) => compareBytes(a.lockId, b.lockId))
      .slice(0, limit);
  }

  async function sweep(limit: number, now: Micros): Promise<boolean> {
    let room = limit;
    for (let partition = 0; partition < partitions && room > 0; partition++) {
      const [count] = await lines.run<readonly [number]>(partition, scripts.sweepLocks, [room], now);
      room -= count;
    }
    return room === 0;
  }

  return {
    enter,
    keep,
    extend,
    release,
    leave,
    delete: end,
    get,
    list,
    expire: (limit, now) => lines.expire(scripts.expireTickets, limit, now),
    sweep,
    watch: (onNotice, onMissed = () => {}) =>
      lines.notices.watchLocks(partitions, { hear: onNotice, missed: onMissed }),
  };
}

type GrantReply = readonly [fence: number, grantTime: number, endTime: number | null, interrupted: number];
type HoldingReply = readonly [
  ticket: number,
  owner: string,
  kind: HoldingKind,
  requestTime: number,
  leaseEnd: number,
  grant: GrantReply,
];
type EndingReply = readonly [fence: number, cause: EndCause, endTime: number] | null;
type Ended = readonly ['ended', EndingReply];
type WrongKind = readonly ['wrong_kind', HoldingKind];

type EnterReply =
  | readonly ['granted', ticket: number, GrantReply]
  | readonly ['queued', ticket: number, ahead: number]
  | readonly ['taken', HoldingReply, waiting: number]
  | readonly ['full']
  | Ended;
type KeepReply = readonly ['granted', GrantReply] | readonly ['waiting', ahead: number] | Ended;
type ExtendReply = readonly ['extended', GrantReply, waiting: number] | Ended | WrongKind;
type ReleaseReply = readonly ['released' | 'repeated'] | Ended | WrongKind;
type LeaveReply = readonly ['left'] | readonly ['granted', GrantReply];
type StateReply = readonly [lockId: string, HoldingReply, waiting: number];
type LineReply =
  | readonly ['free']
  | readonly ['held', HoldingReply, waiting: number, readonly (readonly [number, string, number])[]];

function keepOutcome(answer: KeepReply): KeepOutcome {
  switch (answer[0]) {
    case 'granted':
      return { status: 'granted', grant: grantOf(answer[1]) };
    case 'waiting':
      return { status: 'waiting', ahead: answer[1] };
    case 'ended':
      return { status: 'ended', ending: endingOf(answer[1]) };
  }
}

function grantOf([fence, grantTime, endTime, interrupted]: GrantReply): Grant {
  return { fence, grantTime, endTime: endTime ?? undefined, interrupted: interrupted === 1 };
}

function holdingOf([ticket, owner, kind, requestTime, leaseEnd, grant]: HoldingReply): Holding {
  return { ...grantOf(grant), ticket, owner, kind, requestTime, leaseEnd };
}

function endingOf(answer: EndingReply): Ending | undefined {
  return answer ? { fence: answer[0], cause: answer[1], endTime: answer[2] } : undefined;
}
