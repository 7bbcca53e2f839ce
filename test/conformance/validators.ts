import {
  type Attempt,
  type Erased,
  isErased,
  nameOf,
  type SeenEvent,
  type SentEvent,
} from './observations.js';

/*
 * One function per promise, over what was observed. Each throws an error that begins with the promise's name.
 * `stored` is everything that reads show at the end.
 */

/** What was acknowledged is stored, where the answer said. */
export function durable(
  attempts: readonly Attempt[],
  stored: readonly SeenEvent[],
  erased: readonly Erased[] = [],
): void {
  const byPlace = new Map(stored.map((event) => [placeOf(event), event]));
  for (const { conversationId, appendId, events, result } of attempts) {
    if (!result) continue;
    for (let i = 0; i < events.length; i++) {
      const sequence = result.firstSequence + i;
      if (isErased(erased, { conversationId, sequence })) continue;
      const found = byPlace.get(`${result.partition}/${result.firstPosition + i}`);
      const right =
        found?.conversationId === conversationId &&
        found.appendId === appendId &&
        found.sequence === sequence;
      if (!right) fail('Durable', `acknowledged ${conversationId}#${sequence} of ${appendId} is not stored`);
    }
  }
}

/** All events of an append are stored or none, next to each other and in order; conversations with erasures are left out. */
export function atomic(
  attempts: readonly Attempt[],
  stored: readonly SeenEvent[],
  erased: readonly Erased[] = [],
): void {
  const groups = groupBy(stored, appendOf);
  const touched = new Set(erased.map(({ conversationId }) => conversationId));
  for (const attempt of attempts) {
    const events = groups.get(appendOf(attempt)) ?? [];
    if (events.length === 0 || touched.has(attempt.conversationId)) continue;
    if (events.length < attempt.events.length) {
      fail('Atomic', `${events.length} of ${attempt.events.length} events of ${attempt.appendId} are stored`);
    }
    assertAdjacent('Atomic', events);
  }
}

/** However often an append is tried under one id, it is stored once, and every answer is the first one. */
export function idempotent(attempts: readonly Attempt[], stored: readonly SeenEvent[]): void {
  const groups = groupBy(stored, appendOf);
  for (const [id, tries] of groupBy(attempts, appendOf)) {
    const results = new Set(tries.flatMap(({ result }) => (result ? [placesOf(result)] : [])));
    if (results.size > 1) fail('Idempotent', `${id} was answered as ${[...results].join(' and as ')}`);
    const count = groups.get(id)?.length ?? 0;
    if (count > tries[0]!.events.length) fail('Idempotent', `${id} is stored ${count} times over`);
  }
}

/** An append that expected a sequence was stored right behind it, so that of several only one could be. */
export function conditional(attempts: readonly Attempt[]): void {
  for (const { conversationId, expected, result } of attempts) {
    if (expected === undefined || !result || result.firstSequence === expected + 1) continue;
    fail(
      'Conditional',
      `${conversationId}#${result.firstSequence} was stored where ${expected} was expected`,
    );
  }
}

/** Along a conversation's log no fence is lower than one before it; `floors` are fences that reads brought. */
export function fenced(
  attempts: readonly Attempt[],
  floors: readonly { conversationId: string; fence: number; behindSequence: number }[] = [],
): void {
  const steps = [
    ...attempts.flatMap(({ conversationId, fence, result }) =>
      result && fence !== undefined ? [{ conversationId, fence, at: result.firstSequence }] : [],
    ),
    ...floors.map(({ conversationId, fence, behindSequence }) => ({
      conversationId,
      fence,
      at: behindSequence + 0.5,
    })),
  ].sort((a, b) => a.at - b.at);
  const highest = new Map<string, number>();
  for (const { conversationId, fence, at } of steps) {
    const before = highest.get(conversationId) ?? fence;
    if (fence < before)
      fail('Fenced', `${conversationId}#${at}: fence ${fence} was accepted behind ${before}`);
    highest.set(conversationId, fence);
  }
}

/** What comes back is what was sent, to the letter. */
export function verbatim(attempts: readonly Attempt[], seen: readonly SeenEvent[]): void {
  const sent = new Map<string, readonly SentEvent[]>();
  for (const attempt of attempts) sent.set(appendOf(attempt), attempt.events);
  for (const events of groupBy(seen, appendOf).values()) {
    const originals = sent.get(appendOf(events[0]!)) ?? [];
    for (const event of events) {
      const same = originals.some((original) => textOf(original) === textOf(event));
      if (!same) fail('Verbatim', `${nameOf(event)} came back as ${event.data.slice(0, 80)}`);
    }
  }
}

/** Nothing that was erased before is shown. */
export function erasable(erased: readonly Erased[], seen: readonly SeenEvent[]): void {
  for (const event of seen) if (isErased(erased, event)) fail('Erasable', `${nameOf(event)} is shown`);
}

/** Nothing is shown of a conversation that has expired, up to the sequence that it had reached. */
export function forgotten(
  expired: readonly { readonly conversationId: string; readonly lastSequence: number }[],
  seen: readonly SeenEvent[],
): void {
  const reached = new Map(expired.map(({ conversationId, lastSequence }) => [conversationId, lastSequence]));
  for (const event of seen) {
    if (event.sequence > (reached.get(event.conversationId) ?? 0)) continue;
    fail('Forgotten', `${nameOf(event)} is shown`);
  }
}

/** One subscription's positions rise in each partition, and its sequences in each conversation. */
export function ordered(shown: readonly SeenEvent[]): void {
  const last = new Map<string | number, number>();
  for (const event of shown) {
    if (event.position < (last.get(event.partition) ?? 0)) fail('Ordered', `${nameOf(event)} came late`);
    if (event.sequence < (last.get(event.conversationId) ?? 0)) fail('Ordered', `${nameOf(event)} came late`);
    last.set(event.partition, event.position).set(event.conversationId, event.sequence);
  }
}

/** One subscription shows nothing twice. */
export function unique(shown: readonly SeenEvent[]): void {
  const places = new Set<string>();
  for (const event of shown) {
    if (places.has(placeOf(event))) fail('Unique', `${nameOf(event)} came twice`);
    places.add(placeOf(event));
  }
}

/** Up to the last event that was shown of a partition, nothing that is stored and was to be shown is missing. */
export function reliable(shown: readonly SeenEvent[], stored: readonly SeenEvent[]): void {
  const places = new Set(shown.map(placeOf));
  const last = new Map<number, number>();
  for (const { partition, position } of shown) {
    last.set(partition, Math.max(position, last.get(partition) ?? 0));
  }
  for (const event of stored) {
    if (event.position > (last.get(event.partition) ?? 0) || places.has(placeOf(event))) continue;
    fail('Reliable', `${nameOf(event)} was skipped`);
  }
}

/** A follower that was shown a log's end was told each erasure in it, once. */
export function told(heard: readonly Erased[], erased: readonly Erased[]): void {
  const counts = new Map<string, number>();
  for (const { conversationId, ranges } of heard) {
    const name = JSON.stringify([conversationId, ranges]);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const { conversationId, ranges } of erased) {
    const count = counts.get(JSON.stringify([conversationId, ranges])) ?? 0;
    if (count === 0) fail('Reliable', `an erasure in ${conversationId} was not told`);
    if (count > 1) fail('Unique', `an erasure in ${conversationId} was told ${count} times`);
  }
}

/** A batch holds whole appends: what is stored of an append comes in one. */
export function whole(batches: readonly (readonly SeenEvent[])[], stored: readonly SeenEvent[]): void {
  const sizes = new Map([...groupBy(stored, appendOf)].map(([id, events]) => [id, events.length]));
  for (const batch of batches) {
    for (const [id, events] of groupBy(batch, appendOf)) {
      const size = sizes.get(id) ?? events.length;
      if (events.length < size) fail('Atomic', `a batch has ${events.length} of ${size} events of ${id}`);
    }
  }
}

/** Runs of one reader, each resumed from a cursor of the one before, show together everything once, in order. */
export function resumable(
  runs: readonly (readonly SeenEvent[])[],
  stored: readonly SeenEvent[],
  complete = true,
): void {
  const shown = runs.flat();
  try {
    ordered(shown);
    unique(shown);
    reliable(shown, stored);
  } catch (error) {
    throw new Error(`Resumable: ${(error as Error).message}`);
  }
  const places = new Set(shown.map(placeOf));
  const missing = stored.filter((event) => !places.has(placeOf(event)));
  if (complete && missing[0])
    fail('Resumable', `${missing.length} were never shown, first ${nameOf(missing[0])}`);
}

/** What came before a checkpoint and what comes behind its cursor are together all that is stored. */
export function bookmarkable(
  before: readonly SeenEvent[],
  behind: readonly SeenEvent[],
  stored: readonly SeenEvent[],
): void {
  const places = [...before, ...behind].map(placeOf);
  if (new Set(places).size < places.length)
    fail('Bookmarkable', 'an event comes on both sides of a checkpoint');
  const shown = new Set(places);
  for (const event of stored) {
    if (!shown.has(placeOf(event)))
      fail('Bookmarkable', `${nameOf(event)} is on neither side of a checkpoint`);
  }
}

/** What subscribers were shown is what is stored, but for what was erased since. */
export function persisted(
  shown: readonly SeenEvent[],
  stored: readonly SeenEvent[],
  erased: readonly Erased[] = [],
): void {
  const byPlace = new Map(stored.map((event) => [placeOf(event), event]));
  for (const event of shown) {
    if (isErased(erased, event)) continue;
    const found = byPlace.get(placeOf(event));
    if (!found || !same(found, event)) fail('Iff persisted', `${nameOf(event)} was shown, but is not stored`);
  }
}

/** A reader that keeps what it has and asks only for what is new has what a whole read shows, no more and no less. */
export function keptUp(kept: readonly SeenEvent[], stored: readonly SeenEvent[]): void {
  const missing = stored.find((event, i) => !kept[i] || !same(kept[i], event));
  if (missing) fail('Kept up', `${nameOf(missing)} is stored, but not in its place with its reader`);
  const extra = kept[stored.length];
  if (extra) fail('Kept up', `${nameOf(extra)} is with its reader, but not stored`);
}

/** A reader that was shown something which is not the store's history any more has been told so. */
export function oneHistory(
  shown: readonly SeenEvent[],
  stored: readonly SeenEvent[],
  discontinuity: string | undefined,
): void {
  if (discontinuity !== undefined) return;
  const byPlace = new Map(stored.map((event) => [placeOf(event), event]));
  for (const event of shown) {
    const found = byPlace.get(placeOf(event));
    if (!found || !same(found, event)) {
      fail('One history', `${nameOf(event)} is of another one, and the stream went on`);
    }
  }
}

function fail(promise: string, what: string): never {
  throw new Error(`${promise}: ${what}`);
}

function assertAdjacent(promise: string, events: readonly SeenEvent[]): void {
  const sorted = [...events].sort((a, b) => a.position - b.position);
  const first = sorted[0]!;
  for (const [i, event] of sorted.entries()) {
    const adjacent = event.position === first.position + i && event.sequence === first.sequence + i;
    if (!adjacent || event.partition !== first.partition) fail(promise, `${nameOf(event)} stands apart`);
  }
}

function same(a: SeenEvent, b: SeenEvent): boolean {
  return nameOf(a) === nameOf(b) && a.appendId === b.appendId && textOf(a) === textOf(b);
}

function textOf(event: SentEvent): string {
  return JSON.stringify([event.type, event.name, event.data, event.metadata]);
}

function placeOf(event: SeenEvent): string {
  return `${event.partition}/${event.position}`;
}

function placesOf(result: NonNullable<Attempt['result']>): string {
  const { partition, firstPosition, lastPosition, firstSequence, lastSequence } = result;
  return `#${firstSequence}–${lastSequence} at ${partition}/${firstPosition}–${lastPosition}`;
}

function appendOf(of: { readonly conversationId: string; readonly appendId: string }): string {
  return `${of.conversationId} ${of.appendId}`;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
