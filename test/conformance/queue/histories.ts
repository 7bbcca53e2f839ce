import fc from 'fast-check';
import {
  type LockStep,
  lockIds,
  lockSteps,
  type Pause,
  pause,
  type StepOf,
  span,
  stepOf,
  which,
} from '../lock/histories.js';
import { states } from './observer.js';

export const queueIds = ['q', 'q2'] as const;
const queueId = fc.constantFrom(...queueIds);
const delay = fc.option(fc.nat({ max: 20 }), { nil: undefined, freq: 2 });

const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const message = fc.record({
  queueId,
  value: fc.constantFrom<string | Uint8Array>('1', '{"a": 1.0}', new Uint8Array([0, 255])),
  groupId: fc.constantFrom('', '', lockIds[0], lockIds[0], lockIds[1]),
  dedupId: fc.constantFrom('', '', '', 'd1', 'd2'),
  delay: seldom(fc.nat({ max: 20 })),
  maxAttempts: fc.constantFrom(1, 2, 3),
  request: seldom(
    fc.record({ id: fc.constantFrom('r1', 'r2', 'r3', 'r4'), digest: fc.constantFrom('x', 'x', 'y') }),
  ),
});

const settlement = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('ack' as const), which }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('nack' as const), which, delay }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('return' as const), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('extend' as const), which, lease: span }) },
);

/** What is done to queues, and how often. */
export const queueSteps = [
  { weight: 8, arbitrary: stepOf('push', { messages: fc.array(message, { minLength: 1, maxLength: 4 }) }) },
  {
    weight: 8,
    arbitrary: stepOf('claim', {
      queueId,
      maxMessages: fc.constantFrom(1, 2, 5),
      maxBytes: fc.constantFrom(1, 9, 1 << 20),
      lease: span,
    }),
  },
  { weight: 2, arbitrary: stepOf('pop', { queueId }) },
  { weight: 1, arbitrary: stepOf('put_back', {}) },
  {
    weight: 8,
    arbitrary: stepOf('settle', { settlements: fc.array(settlement, { minLength: 1, maxLength: 3 }) }),
  },
  { weight: 3, arbitrary: stepOf('count', { queueId }) },
  {
    weight: 1,
    arbitrary: stepOf('queues', { prefix: fc.constantFrom('', 'q2', 'z'), limit: fc.constantFrom(1, 5) }),
  },
  {
    weight: 1,
    arbitrary: stepOf('purge', {
      queueId,
      states: fc.subarray([...states], { minLength: 1 }),
      limit: fc.constantFrom(1, 100),
    }),
  },
  {
    weight: 2,
    arbitrary: stepOf('replay', {
      queueId,
      which: fc.option(which, { nil: undefined }),
      limit: fc.constantFrom(1, 100),
    }),
  },
  { weight: 2, arbitrary: stepOf('due', { limit: fc.constantFrom(1, 100) }) },
] as const;

export type QueueStep = StepOf<typeof queueSteps>;

export interface MixedStep {
  readonly pause: Pause;
  readonly step: LockStep | QueueStep;
}

/** A life of queues and of the locks that their groups take, in one store. */
export const mixedHistory: fc.Arbitrary<MixedStep[]> = fc.array(
  fc.record({
    pause,
    step: fc.oneof(
      { weight: 2, arbitrary: fc.oneof(...queueSteps) as fc.Arbitrary<QueueStep> },
      { weight: 1, arbitrary: fc.oneof(...lockSteps) as fc.Arbitrary<LockStep> },
    ),
  }),
  { minLength: 5, maxLength: 50, size: 'max' },
);
