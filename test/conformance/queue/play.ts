import { expect } from '@jest/globals';
import type { Micros } from '#src/storage/ports/common.js';
import type { Message, QueueNotice, Receipt } from '#src/storage/ports/queue.js';
import type { Opened } from '../harness.js';
import type { LockStep } from '../lock/histories.js';
import { LockPlayer, never, type Observed, pick } from '../lock/play.js';
import type { Notices } from '../lock/told.js';
import { type MixedStep, type QueueStep, queueIds } from './histories.js';
import { QueueModel } from './model.js';
import { QueueObserver, states } from './observer.js';

const queueCalls = [
  'push',
  'claim',
  'pop',
  'put_back',
  'settle',
  'count',
  'queues',
  'purge',
  'replay',
  'due',
];

/** Plays steps on the queues of a store and of the model, and on the locks that their groups take. */
export class QueuePlayer extends LockPlayer {
  readonly #queues: QueueModel;
  readonly #claims: { queueId: string; receipt: Receipt }[] = [];
  readonly #popped: Message[] = [];
  /** The messages that were told to be claimable, by queue. */
  readonly #announced = new Map<string, ReadonlySet<string>>();
  /** How many more were told, of which is not known which they are. */
  readonly #credit = new Map<string, number>();
  /** When the store dealt with all that had run out, or was due, by call. */
  readonly #dealt = new Map<string, Micros>();
  #claimable = new Map<string, ReadonlySet<string>>();
  #observer: QueueObserver | undefined;

  constructor(opened: Pick<Opened, 'backend' | 'reopen'>, dedupWindow: Micros) {
    super(opened);
    this.#queues = new QueueModel(this.model, dedupWindow);
  }

  override async listen(): Promise<void> {
    await super.listen();
    this.#observer = new QueueObserver(this.backend.queue!, this.told!.seen);
  }

  override async play(step: MixedStep['step']): Promise<void> {
    this.#claimable = this.#claimableNow();
    if (isQueueStep(step)) await this.#playQueues(step);
    else await super.play(step);
  }

  /** Deals with what the store had to, and looks whether all that was not done can be claimed, or is parked. */
  override async finish(): Promise<void> {
    await super.finish();
    for (const queueId of queueIds) {
      await this.play({ call: 'count', queueId });
      this.now = Math.max(
        this.now,
        ...this.#queues.peek(queueId, 'delayed', this.now).map((one) => one.readyTime!),
      );
      await this.play({ call: 'due', limit: 100 });
      for (let left = 1_000; this.#queues.claimable(queueId, this.now).length > 0; left--) {
        expect(left).toBeGreaterThan(0);
        await this.play({ call: 'claim', queueId, maxMessages: 5, maxBytes: 1 << 20, lease: 20 });
        await this.play({
          call: 'settle',
          settlements: [0, 1, 2, 3, 4].map((which) => ({ kind: 'ack', which })),
        });
      }
      await this.play({ call: 'count', queueId });
    }
  }

  protected override nextEdge(): Micros {
    return Math.min(super.nextEdge(), this.#queues.next(this.now) ?? Number.POSITIVE_INFINITY);
  }

  protected override catchUp(notices: Notices, own: readonly string[]): void {
    super.catchUp(notices, own);
    for (const notice of notices.queues) {
      if (notice.kind === 'ended') this.#queues.settleClaims(this.now, notice.receipt);
    }
  }

  protected override judge<Outcome>(
    step: { readonly call: string },
    observed: Observed<Outcome>,
    right: () => Outcome,
    own: readonly string[] = [],
  ): void {
    this.#queues.notices = [];
    super.judge(step, observed, right, own);
    const { outcome, notices } = observed;
    const { queues } = notices;
    const isAll = (step.call === 'due' || step.call === 'expire') && !(outcome as { more: boolean }).more;
    if (isAll) this.#dealt.set(step.call, this.now);
    const told = queues.filter(({ kind }) => kind !== 'ready');
    expect({ now: this.now, step, notices: byClaim(told) }).toEqual({
      now: this.now,
      step,
      notices: byClaim(this.#queues.notices),
    });
    for (const queueId of queueIds) {
      const count = queues.reduce(
        (sum, one) => sum + (one.kind === 'ready' && one.queueId === queueId ? one.count : 0),
        0,
      );
      this.#judgeReady(step, queueId, count);
    }
  }

  async #playQueues(step: QueueStep): Promise<void> {
    const { now } = this;
    const queues = this.#queues;
    const observer = this.#observer!;
    switch (step.call) {
      case 'push': {
        const outcome = await observer.push(step.messages, now);
        const ids = outcome.map((one) => (one.status === 'done' ? one.result.messageId : 'none'));
        const right = () => step.messages.map((one, i) => queues.push(one, ids[i]!, now));
        return this.judge(step, this.#observed(outcome), right);
      }
      case 'claim': {
        const request = { ...step, owner: 'worker', groups: true };
        const outcome = await observer.claim(request, now);
        for (const { message, receipt } of outcome) {
          this.#claims.push({ queueId: message.queueId, receipt });
        }
        return this.judge(step, this.#observed(outcome), () => queues.claim(request, now));
      }
      case 'pop': {
        const outcome = await observer.pop(step.queueId, now);
        if (outcome) this.#popped.push(outcome);
        return this.judge(step, this.#observed(outcome), () => queues.pop(step.queueId, now));
      }
      case 'put_back': {
        const message = this.#popped.pop();
        if (!message) return;
        await observer.putBack(message, now);
        return this.judge(step, this.#observed(undefined), () => queues.putBack(message));
      }
      case 'settle': {
        const all = step.settlements.map((one) => ({ ...one, ...this.#claimOf(one.which) }));
        const outcome = await observer.settle(all, now);
        const groups = all.map(({ receipt }) => queues.groupOf(receipt));
        const right = () => all.map((one) => queues.settle(one, now));
        return this.judge(step, this.#observed(outcome), right, groups);
      }
      case 'count': {
        const { queueId } = step;
        const outcome = await observer.count(queueId, now);
        return this.judge(step, this.#observed(outcome), () => ({
          state: queues.get(queueId, now),
          messages: Object.fromEntries(
            states.map((state) => [state, queues.peek(queueId, state, now)]),
          ) as never,
        }));
      }
      case 'queues': {
        const { prefix, limit } = step;
        const outcome = await this.backend.queue!.list(prefix, '', limit, now);
        return this.judge(step, this.#observed(outcome), () => queues.list(prefix, '', limit, now));
      }
      case 'purge': {
        const { queueId, limit } = step;
        const outcome = await observer.purge(queueId, step.states, limit, now);
        return this.judge(step, this.#observed(outcome), () => queues.purge(queueId, step.states, now));
      }
      case 'replay': {
        const { queueId, which, limit } = step;
        const parked = queues.peek(queueId, 'parked', now).map(({ messageId }) => messageId);
        const id = which === undefined ? undefined : pick(parked, which);
        const ids = which === undefined ? undefined : [id ?? unknownId];
        const outcome = await observer.replay(queueId, ids, limit, now);
        return this.judge(step, this.#observed(outcome), () => queues.replay(queueId, ids, now));
      }
      case 'due': {
        const outcome = await this.backend.queue!.expire(step.limit, now);
        return this.judge(step, this.#observed(outcome), () => {
          if (outcome.more) return { more: step.limit === 1, next: outcome.next };
          queues.settleClaims(now);
          return { more: false, next: queues.next(now) };
        });
      }
    }
  }

  /** What was answered, with what was told by it. */
  #observed<Outcome>(outcome: Outcome): Observed<Outcome> {
    return { outcome, notices: this.told!.take(this.now) };
  }

  #claimOf(which: number): { queueId: string; receipt: Receipt } {
    const unknown = { messageId: unknownId, partition: 0, claim: never };
    return pick(this.#claims, which) ?? { queueId: queueIds[0], receipt: unknown };
  }

  /** What became claimable by a call is told by it; what only time did is told when the store deals with it. */
  #judgeReady(step: { readonly call: string }, queueId: string, told: number): void {
    const before = this.#claimable.get(queueId)!;
    const after = this.#claimableNow().get(queueId)!;
    const announced = this.#announced.get(queueId) ?? new Set();
    const fresh = [...after].filter((id) => !announced.has(id));
    const byCall = fresh.filter((id) => !before.has(id));
    const passing = [...before].filter((id) => !announced.has(id) && !after.has(id));
    const credit = this.#credit.get(queueId) ?? 0;
    const dealt = ['due', 'expire'].every((call) => this.#dealt.get(call) === this.now);
    const least = dealt ? Math.max(fresh.length - credit, 0) : byCall.length;
    // What a purge in steps lets be claimed by one may go by the next.
    const most = step.call === 'purge' ? Number.POSITIVE_INFINITY : fresh.length + passing.length;
    const isRight = told >= least && told <= most;
    expect({ step, queueId, ready: isRight ? least : told }).toEqual({ step, queueId, ready: least });
    const isAll = told + credit >= fresh.length;
    const kept = [...after].filter((id) => isAll || announced.has(id) || byCall.includes(id));
    this.#announced.set(queueId, new Set(kept));
    this.#credit.set(queueId, isAll ? 0 : credit + told - byCall.length);
  }

  #claimableNow(): Map<string, ReadonlySet<string>> {
    return new Map(
      queueIds.map((queueId) => {
        const ids = this.#queues.claimable(queueId, this.now).map(({ message }) => message.messageId);
        return [queueId, new Set(ids)];
      }),
    );
  }
}

const unknownId = 'A'.repeat(22);

function isQueueStep(step: LockStep | QueueStep): step is QueueStep {
  return queueCalls.includes(step.call);
}

/** Notices by claim: an end tells that it was, the order of several says nothing. */
function byClaim(notices: readonly QueueNotice[]): QueueNotice[] {
  const claimOf = (notice: QueueNotice) => (notice.kind === 'ready' ? 0 : notice.receipt.claim);
  return notices.toSorted((a, b) => claimOf(a) - claimOf(b));
}
