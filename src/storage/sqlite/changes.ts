import type { Micros } from '../ports/common.js';
import type {
  EnterOutcome,
  ExpireStep,
  ExtendOutcome,
  Keep,
  KeepOutcome,
  LeaveOutcome,
  NewTicket,
  ReleaseOutcome,
} from '../ports/lock.js';
import type {
  ClaimOutcome,
  ClaimRequest,
  Message,
  MessageState,
  NewMessage,
  PopOutcome,
  PushOutcome,
  QueueStep,
  Settlement,
  SettleOutcome,
} from '../ports/queue.js';
import type { Noticed } from './notices.js';

/** What is done to locks and queues, each atomic on its own, on what has not run out. Commits take many. */
export interface ChangeOperations {
  enter(now: Micros, ticket: NewTicket): EnterOutcome;
  keep(now: Micros, tickets: readonly Keep[]): readonly KeepOutcome[];
  extend(now: Micros, lockId: string, fence: number, lifetime: Micros): ExtendOutcome;
  release(now: Micros, lockId: string, fence: number): ReleaseOutcome;
  leave(now: Micros, lockId: string, ticket: number, held: boolean): LeaveOutcome;
  delete(now: Micros, lockId: string, fence: number | undefined): boolean;
  push(now: Micros, message: NewMessage): PushOutcome;
  pop(now: Micros, queueId: string, groups: boolean): PopOutcome;
  putBack(now: Micros, messages: readonly Message[]): void;
  claim(now: Micros, request: ClaimRequest): ClaimOutcome;
  settle(now: Micros, settlement: Settlement): SettleOutcome;
  purge(
    now: Micros,
    queueId: string,
    states: readonly MessageState[],
    after: number,
    limit: number,
  ): QueueStep;
  replay(
    now: Micros,
    queueId: string,
    ids: readonly string[] | undefined,
    after: number,
    last: number,
    limit: number,
  ): QueueStep;
  /** Ends all that has run out, for a read. */
  catchUp(now: Micros): void;
  /** Ends a part of what has run out; tells when the next ticket does. */
  expireLocks(now: Micros, limit: number): ExpireStep;
  /** Ends a part of what has run out; tells when the next claim does, or a message is due. */
  expireQueues(now: Micros, limit: number): ExpireStep;
  sweepLocks(now: Micros, limit: number): boolean;
  sweepQueues(now: Micros, limit: number): boolean;
}

export type ChangeName = keyof ChangeOperations;

/** A change that is asked for. */
export interface Change {
  readonly name: ChangeName;
  readonly now: Micros;
  /** The operation's arguments but for the time. */
  readonly given: readonly unknown[];
}

/** What became of changes that were committed together. */
export interface Changed {
  readonly outcomes: readonly unknown[];
  /** What happened by them, if anything. */
  readonly noticed: Noticed | undefined;
}
