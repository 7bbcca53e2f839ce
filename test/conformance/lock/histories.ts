import fc from 'fast-check';

/** Few locks, so that requests meet; the groups of queues are named like the first two. */
export const lockIds = ['a', '\u{1f600}', 'ab'] as const;
/** What a request asks for hangs on its name, so that a repeat asks for the same. */
export const requests = Array.from({ length: 10 }, (_, i) => {
  const kind: 'lease' | 'stream' = i % 2 === 0 ? 'lease' : 'stream';
  return { requestId: `${kind}-${i}`, kind };
});

export const lockId = fc.constantFrom(lockIds[0], lockIds[0], lockIds[1], lockIds[2]);
/** Short spans in microseconds, so that much runs out. */
export const span = fc.integer({ min: 1, max: 60 });
/** Which of those that were seen, the latest first; now and then one that never was. */
export const which = fc.oneof({ weight: 15, arbitrary: fc.nat({ max: 4 }) }, fc.constant(-1));

/** What passes before a step: microseconds, or until the next thing runs out, or just not. */
export type Pause = number | 'edge' | 'before';
export const pause: fc.Arbitrary<Pause> = fc.oneof(
  { weight: 10, arbitrary: fc.nat({ max: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom('edge' as const, 'before' as const) },
);

const of = <Call extends string, Shape extends object>(
  call: Call,
  shape: { [Key in keyof Shape]: fc.Arbitrary<Shape[Key]> },
) => fc.record({ call: fc.constant(call), ...shape } as never) as fc.Arbitrary<{ call: Call } & Shape>;

export const enter = of('enter', {
  lockId,
  request: fc.nat({ max: requests.length - 1 }),
  lifetime: fc.option(span, { nil: undefined, freq: 3 }),
  lease: span,
  wait: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
  interrupt: fc.boolean(),
  maxWaiting: fc.constantFrom(1, 2, 10),
});

/** What is done to locks, and how often. */
export const lockSteps = [
  { weight: 8, arbitrary: enter },
  {
    weight: 3,
    arbitrary: of('keep', {
      tickets: fc.array(fc.record({ lockId, which, lease: span }), { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 2, arbitrary: of('extend', { lockId, which, lifetime: span }) },
  { weight: 3, arbitrary: of('release', { lockId, which }) },
  { weight: 2, arbitrary: of('leave', { lockId, which, held: fc.boolean() }) },
  { weight: 1, arbitrary: of('delete', { lockId, which: fc.option(which, { nil: undefined }) }) },
  { weight: 3, arbitrary: of('get', { lockId, maxWaiters: fc.nat({ max: 3 }) }) },
  {
    weight: 1,
    arbitrary: of('list', {
      prefix: fc.constantFrom('', 'a', 'z'),
      after: fc.constantFrom('', 'a'),
      limit: fc.constantFrom<number>(1, 5),
    }),
  },
  { weight: 2, arbitrary: of('expire', { limit: fc.constantFrom(1, 100) }) },
  { weight: 1, arbitrary: of('sweep', {}) },
  { weight: 1, arbitrary: of('reopen', {}) },
] as const;

type StepOf<Steps extends readonly { arbitrary: fc.Arbitrary<unknown> }[]> =
  Steps[number]['arbitrary'] extends fc.Arbitrary<infer Step> ? Step : never;

export type LockStep = StepOf<typeof lockSteps>;

/** A life of locks. */
export const lockHistory: fc.Arbitrary<{ pause: Pause; step: LockStep }[]> = fc.array(
  fc.record({ pause, step: fc.oneof(...lockSteps) as fc.Arbitrary<LockStep> }),
  { minLength: 5, maxLength: 40, size: 'max' },
);

export { of as stepOf, type StepOf };
