import { expect } from '@jest/globals';
import { conversations, eventLists, prefixes, type Step, wanted } from './history.js';
import { Keeper } from './keeper.js';
import { Model } from './model.js';
import type { SeenEvent } from './observations.js';
import type { EraseCall, Shown, Subject, Wanted } from './subject.js';
import * as validate from './validators.js';

interface Reader {
  readonly wanted: Wanted;
  cursor: string | undefined;
  /** The last position that it was shown, by partition. */
  readonly seen: Map<number, number>;
}

/** Reads on after every so many steps. */
interface Keeping {
  readonly keeper: Keeper;
  readonly every: number;
  /** The erasures that there were when it read something of a life, and undefined where it did not. */
  erasures: number | undefined;
}

const boundaries = [undefined, 'action_session_start', 'session_started'] as const;

function newKeepings(): readonly Keeping[] {
  return conversations.flatMap((conversationId) =>
    boundaries.flatMap((boundary) =>
      [1, 5].map((every) => ({
        keeper: new Keeper({ conversationId, boundary }),
        every,
        erasures: undefined,
      })),
    ),
  );
}

/** Plays a history on a system and on the model, and compares all that can be seen. */
export async function play(
  subject: Subject,
  partitionOf: (conversationId: string) => number,
  steps: readonly Step[],
): Promise<void> {
  const model = new Model(partitionOf);
  const readers = wanted.map((one): Reader => ({ wanted: one, cursor: undefined, seen: new Map() }));
  const keepings = newKeepings();
  for (const [i, step] of steps.entries()) {
    await playStep(step, { subject, model, readers, partitionOf });
    const due = keepings.filter(({ every }) => (i + 1) % every === 0);
    await Promise.all(due.map((keeping) => keepUp(subject, model, keeping)));
  }
  const newcomers = wanted.map((one): Reader => ({ wanted: one, cursor: undefined, seen: new Map() }));
  for (const reader of [...readers, ...newcomers]) {
    await follow({ subject, model, readers, partitionOf }, reader, Number.POSITIVE_INFINITY, 0);
  }
  for (const conversationId of conversations) {
    const call = { conversationId, first: 0, last: undefined, newestFirst: false, pageSize: 100 };
    expect(await subject.read(call)).toEqual(model.read(call));
  }
}

interface Stage {
  readonly subject: Subject;
  readonly model: Model;
  readonly readers: readonly Reader[];
  readonly partitionOf: (conversationId: string) => number;
}

async function playStep(step: Step, stage: Stage): Promise<void> {
  const { subject, model } = stage;
  switch (step.kind) {
    case 'append': {
      const calls = step.appends.map((one) => appendCall(one, model));
      const answers = await subject.append(calls);
      return expect(answers).toEqual(calls.map((call) => model.append(call)));
    }
    case 'fence': {
      const id = conversations[step.conversation]!;
      return expect(await subject.raiseFence(id, step.fence)).toEqual(model.raiseFence(id, step.fence));
    }
    case 'redact':
    case 'truncate':
    case 'delete': {
      const call = eraseCall(step, model);
      return expect(await subject.erase(call)).toEqual(model.erase(call));
    }
    case 'read': {
      const call = { ...step, conversationId: conversations[step.conversation]! };
      return expect(await subject.read(call)).toEqual(model.read(call));
    }
    case 'session': {
      const id = conversations[step.conversation]!;
      return expect(await subject.session(id, step.boundary)).toEqual(model.session(id, step.boundary));
    }
    case 'lives': {
      const prefix = prefixes[step.prefix]!;
      return expect(await subject.lives(prefix, step.pageSize)).toEqual(model.lives(prefix));
    }
    case 'life': {
      const id = conversations[step.conversation]!;
      return expect(await subject.life(id)).toEqual(model.life(id));
    }
    case 'follow':
      return follow(stage, stage.readers[step.reader]!, step.maxItems, step.back);
    case 'scrub':
      return subject.scrub(step.limit);
    case 'reopen':
      return subject.reopen();
  }
}

/** Lets a reader ask for what is new: it then has all that is there, and went on where nothing was erased since. */
async function keepUp(subject: Subject, model: Model, keeping: Keeping): Promise<void> {
  const { keeper, erasures } = keeping;
  const { conversationId, boundary } = keeper.kept;
  const continued = await keeper.read(subject.readOn);
  const all = { conversationId, first: 0, last: undefined, newestFirst: false, pageSize: 100 };
  validate.keptUp(keeper.events, boundary ? model.session(conversationId, boundary).events : model.read(all));
  const now = model.life(conversationId) && model.erasures(conversationId);
  expect(continued).toBe(now !== undefined && now === erasures);
  keeping.erasures = now;
}

function appendCall(step: Extract<Step, { kind: 'append' }>['appends'][number], model: Model) {
  const conversationId = conversations[step.conversation]!;
  const { expectation, fence } = step;
  return {
    conversationId,
    appendId: `append-${step.append}`,
    events: eventLists[step.events]!,
    expectation:
      typeof expectation === 'object'
        ? Math.max(0, model.lastSequence(conversationId) + expectation.offset)
        : expectation,
    fence,
  };
}

function eraseCall(step: Extract<Step, { kind: 'redact' | 'truncate' | 'delete' }>, model: Model): EraseCall {
  const conversationId = conversations[step.conversation]!;
  const last = model.lastSequence(conversationId);
  const at = (offset: number) => Math.max(1, last - offset);
  const target = { conversationId, requestId: `request-${step.request}` };
  switch (step.kind) {
    case 'redact': {
      const sequences = [...new Set(step.offsets.map(at))].sort((a, b) => a - b);
      return { ...target, what: { kind: 'redact', sequences } };
    }
    case 'truncate':
      return { ...target, what: { kind: 'truncate', firstKept: at(step.offset - 1) } };
    case 'delete':
      return {
        ...target,
        what: { kind: 'delete', expectedSequence: step.offset === undefined ? undefined : at(step.offset) },
      };
  }
}

/**
 * Lets a reader go on from where it stopped: it is shown exactly what comes next, all of it at the log's end.
 * The next time it goes on behind an item that is so many back.
 */
async function follow(stage: Stage, reader: Reader, maxItems: number, back: number): Promise<void> {
  const { shown, caughtUp, cursor } = await stage.subject.follow(reader.wanted, reader.cursor, maxItems);
  const queues = expectedOf(stage, reader);
  const resumeAt = shown.length - back;
  for (const [i, { item, cursor }] of shown.entries()) {
    const partition = stage.partitionOf(conversationOf(item));
    const queue = queues.get(partition)!;
    for (const single of singles(item)) {
      const expected = queue.shift();
      expect(single).toEqual(expected?.item);
      if (i < resumeAt) reader.seen.set(partition, expected!.position);
    }
    assertWhole(item, queue[0]?.item);
    if (i < resumeAt) reader.cursor = cursor;
  }
  if (caughtUp) expect([...queues.values()].flat()).toEqual([]);
  if (back === 0) reader.cursor = cursor;
}

/** What a reader is to be shown next, by partition. */
function expectedOf({ model, partitionOf }: Stage, { wanted, seen }: Reader) {
  const partitions = new Set(conversations.map(partitionOf));
  return new Map(
    [...partitions].map((partition) => [
      partition,
      [...model.next(wanted, partition, seen.get(partition) ?? 0)],
    ]),
  );
}

function conversationOf(item: Shown): string {
  return item.kind === 'erased' ? item.conversationId : item.events[0]!.conversationId;
}

function singles(item: Shown): readonly Shown[] {
  return item.kind === 'erased' ? [item] : item.events.map((event) => ({ kind: 'events', events: [event] }));
}

function assertWhole(item: Shown, next: Shown | undefined): void {
  if (item.kind === 'erased' || next?.kind !== 'events') return;
  const nameOf = (event: SeenEvent | undefined) => `${event?.conversationId} ${event?.appendId}`;
  // In a new life the same id names another append, but then a deletion stands between.
  if (nameOf(item.events.at(-1)) === nameOf(next.events[0])) {
    throw new Error(`Atomic: a batch ends within append ${nameOf(next.events[0])}`);
  }
}
