import fc from 'fast-check';
import type { Boundary, Expectation } from '#src/storage/ports/tracker.js';
import type { SentEvent } from './observations.js';

/*
 * Random histories. Steps speak of few conversations, ids and fences, so that they meet; numbers that only make
 * sense against a conversation's length are offsets from its last sequence.
 */

export interface AppendStep {
  readonly conversation: number;
  readonly append: number;
  readonly events: number;
  readonly expectation: Exclude<Expectation, number> | 0 | { readonly offset: number };
  readonly fence: number | undefined;
}

export type Step =
  | { readonly kind: 'append'; readonly appends: readonly AppendStep[] }
  | { readonly kind: 'fence'; readonly conversation: number; readonly fence: number }
  | {
      readonly kind: 'redact';
      readonly conversation: number;
      readonly request: number;
      readonly offsets: readonly number[];
    }
  | {
      readonly kind: 'truncate';
      readonly conversation: number;
      readonly request: number;
      readonly offset: number;
    }
  | {
      readonly kind: 'delete';
      readonly conversation: number;
      readonly request: number;
      readonly offset: number | undefined;
    }
  | {
      readonly kind: 'read';
      readonly conversation: number;
      readonly first: number;
      readonly last: number | undefined;
      readonly newestFirst: boolean;
      readonly pageSize: number;
    }
  | { readonly kind: 'session'; readonly conversation: number; readonly boundary: Boundary }
  | { readonly kind: 'lives'; readonly prefix: number; readonly pageSize: number }
  | { readonly kind: 'life'; readonly conversation: number }
  | {
      readonly kind: 'follow';
      readonly reader: number;
      readonly maxItems: number;
      /** So many items before the last one it goes on next time. */
      readonly back: number;
    }
  | { readonly kind: 'scrub'; readonly limit: number }
  | { readonly kind: 'reopen' };

/** Ids whose orders by UTF-8 and by UTF-16 differ; two share a prefix. */
export const conversations = ['bot:ada', 'bot:größe', '\u{1F600}', '\uFF5E'] as const;
export const prefixes = ['', 'bot:', '\u{1F600}', 'x'] as const;

const user = (data: string, metadata = ''): SentEvent => ({ type: 'user', name: '', data, metadata });
const action = (name: string): SentEvent => ({
  type: 'action',
  name,
  data: `{"event":"action","name":"${name}"}`,
  metadata: '',
});
const sessionStarted: SentEvent = {
  type: 'session_started',
  name: '',
  data: '{"event":"session_started"}',
  metadata: '',
};

/** What appends carry: session boundaries of both kinds, and texts that any rewriting would change. */
export const eventLists: readonly (readonly SentEvent[])[] = [
  [user('{"text":"hi","confidence":1.0,"id":12345678901234567890}')],
  [action('action_session_start'), sessionStarted, action('action_listen')],
  [user('{ "b" : 1, "a" : 2, "b" : 3 }', 'note'), action('utter_greet')],
  [user('{"text":"\\u00e9é\\/\u2028 𝄞"}'), user('{}'), user('{"n":-0.0e+1}')],
  [sessionStarted, user('{"text":"after"}')],
  [action('action_session_start')],
];

/** What the readers of the feed want. */
export const wanted = [
  { prefix: '', types: [] },
  { prefix: 'bot:', types: ['user', 'session_started'] },
] as const;

const conversation = fc.nat({ max: conversations.length - 1 });
const request = fc.nat({ max: 5 });
const offset = fc.integer({ min: -1, max: 7 });
const fence = fc.integer({ min: 1, max: 6 });
const pageSize = fc.integer({ min: 1, max: 5 });

const appendStep: fc.Arbitrary<AppendStep> = fc
  .record({
    conversation,
    append: fc.nat({ max: 11 }),
    /** Mostly 0: the id's own events. */
    skew: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
    expectation: fc.oneof(
      { weight: 6, arbitrary: fc.constant('any' as const) },
      { weight: 2, arbitrary: fc.constantFrom('no_events' as const, 'has_events' as const, 0 as const) },
      { weight: 2, arbitrary: fc.record({ offset: fc.integer({ min: -1, max: 1 }) }) },
    ),
    fence: fc.option(fence, { nil: undefined, freq: 3 }),
  })
  .map(({ append, skew, ...rest }) => ({ ...rest, append, events: (append + skew) % eventLists.length }));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 14,
    arbitrary: kind('append', { appends: fc.array(appendStep, { minLength: 1, maxLength: 4 }) }),
  },
  { weight: 2, arbitrary: kind('fence', { conversation, fence }) },
  {
    weight: 3,
    arbitrary: kind('redact', {
      conversation,
      request,
      offsets: fc.array(offset, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 2, arbitrary: kind('truncate', { conversation, request, offset }) },
  {
    weight: 2,
    arbitrary: kind('delete', {
      conversation,
      request,
      offset: fc.option(fc.integer({ min: -1, max: 1 }), { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: kind('read', {
      conversation,
      first: fc.nat({ max: 8 }),
      last: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
      newestFirst: fc.boolean(),
      pageSize,
    }),
  },
  {
    weight: 3,
    arbitrary: kind('session', {
      conversation,
      boundary: fc.constantFrom<Boundary>('action_session_start', 'session_started'),
    }),
  },
  { weight: 1, arbitrary: kind('lives', { prefix: fc.nat({ max: prefixes.length - 1 }), pageSize }) },
  { weight: 1, arbitrary: kind('life', { conversation }) },
  {
    weight: 5,
    arbitrary: kind('follow', {
      reader: fc.nat({ max: wanted.length - 1 }),
      maxItems: fc.integer({ min: 1, max: 6 }),
      back: fc.oneof(fc.constant(0), fc.nat({ max: 3 })),
    }),
  },
  { weight: 2, arbitrary: kind('scrub', { limit: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: kind('reopen', {}) },
);

export const history: fc.Arbitrary<readonly Step[]> = fc.array(step, {
  minLength: 5,
  maxLength: 45,
  size: 'max',
});

function kind<Kind extends Step['kind'], Fields>(
  name: Kind,
  fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
): fc.Arbitrary<Fields & { readonly kind: Kind }> {
  return fc.record(fields).map((values) => ({ kind: name, ...(values as Fields) }));
}
