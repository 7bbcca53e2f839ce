import { judgeErasure } from '../judge.js';
import type { Micros } from '../ports/common.js';
import type { EraseOutcome, ErasureResult, NewErasure, SequenceRange } from '../ports/tracker.js';
import { toRanges } from '../ranges.js';
import { type ConversationRecord, type Life, visibleEvent } from './conversation.js';
import { pushErasure } from './log.js';
import { logOf, type State } from './state.js';

/** Writes an erasure's entry and hides what it names, or tells why not. */
export function erase(state: State, erasure: NewErasure): EraseOutcome {
  const record = state.records.get(erasure.conversationId);
  const standing = { lastSequence: record?.lastSequence ?? 0, exists: record?.life !== undefined };
  const judged = judgeErasure(erasure, standing, record?.erasures.get(erasure.requestId));
  if (judged) return judged;
  if (!record?.life) return { status: 'missing' };
  const ranges = hide(state, record, record.life, erasure);
  const result: ErasureResult = { partition: record.partition, position: 0, ranges };
  const deleted = erasure.kind === 'delete';
  const written = ranges.length > 0 || deleted;
  const told = written
    ? { ...result, position: writeEntry(state, record, erasure, { ranges, deleted }) }
    : result;
  record.erasures.set(erasure.requestId, { digest: erasure.digest, result: told });
  return { status: 'erased', result: told };
}

/** Ends a conversation's present life, as a deletion does that nobody asked for. */
export function end(state: State, record: ConversationRecord): void {
  const ranges = hideAll(state, record, record.life!);
  const nobody = { conversationId: record.id, requestId: '', digest: '' };
  writeEntry(state, record, nobody, { ranges, deleted: true });
}

/** Removes the content of erased events, then fences without events since before a time; true where more is left. */
export function scrub(state: State, limit: number, before: Micros): boolean {
  let room = limit;
  while (state.leftovers.length > 0) {
    const leftover = state.leftovers[0]!;
    for (; room > 0 && leftover.next < leftover.end; room--)
      leftover.life.events[leftover.next++] = undefined;
    if (leftover.next < leftover.end) return true;
    if (leftover.life.ended) leftover.life.events.length = 0;
    state.leftovers.shift();
  }
  for (const [id, time] of state.fencedOnly) {
    if (time >= before) break;
    if (room-- <= 0) return true;
    state.fencedOnly.delete(id);
    state.records.delete(id);
  }
  return false;
}

/** Hides what an erasure names, and answers the sequences. */
function hide(
  state: State,
  record: ConversationRecord,
  life: Life,
  erasure: NewErasure,
): readonly SequenceRange[] {
  switch (erasure.kind) {
    case 'delete':
      return hideAll(state, record, life);
    case 'redact':
      return hideSome(life, erasure.sequences);
    case 'truncate':
      return hideBelow(state, life, erasure.firstKept);
  }
}

function hideAll(state: State, record: ConversationRecord, life: Life): readonly SequenceRange[] {
  const { firstSequence: first } = life;
  life.ended = true;
  life.appends.clear();
  record.life = undefined;
  state.living.delete(record.id);
  state.appended.delete(record.id);
  state.leftovers.push({ life, next: first - life.start, end: life.events.length });
  return first <= record.lastSequence ? [{ first, last: record.lastSequence }] : [];
}

function hideSome(life: Life, sequences: readonly number[]): readonly SequenceRange[] {
  const visible = sequences.filter((sequence) => visibleEvent(life, sequence));
  for (const sequence of visible) life.events[sequence - life.start] = undefined;
  return toRanges(visible);
}

function hideBelow(state: State, life: Life, firstKept: number): readonly SequenceRange[] {
  const { firstSequence: first } = life;
  let visible = first;
  while (visible < firstKept && !visibleEvent(life, visible)) visible++;
  if (visible >= firstKept) return [];
  life.firstSequence = firstKept;
  state.leftovers.push({ life, next: first - life.start, end: firstKept - life.start });
  return [{ first, last: firstKept - 1 }];
}

function writeEntry(
  state: State,
  record: ConversationRecord,
  erasure: Parameters<typeof pushErasure>[1],
  named: Parameters<typeof pushErasure>[2],
): number {
  const { position } = pushErasure(logOf(state, record), erasure, named);
  record.lastErasure = position;
  if (named.deleted) record.lifeName = position;
  return position;
}
