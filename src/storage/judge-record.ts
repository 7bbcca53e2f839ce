import type { Micros } from './ports/common.js';
import type { RecordOutcome, RecordResult, RecordWrite } from './ports/record.js';

/** What a write meets: a value, or a list of so many items. */
export interface StandingRecord {
  readonly version: number;
  /** Undefined for a value. */
  readonly count: number | undefined;
}

/** Decides about a write: a refusal, or undefined where it is to be carried out. */
export function judgeRecord(
  write: RecordWrite,
  current: StandingRecord | undefined,
): RecordOutcome | undefined {
  const found = current && (current.count === undefined ? 'value' : 'list');
  if (write.kind === 'append') {
    return found === 'value' ? { status: 'wrong_kind', found } : undefined;
  }
  if (write.kind === 'set' && found === 'list') return { status: 'wrong_kind', found };
  const actual = current?.version ?? 0;
  return holds(write.condition, actual) ? undefined : { status: 'conflict', actual };
}

function holds(condition: Exclude<RecordWrite, { kind: 'append' }>['condition'], actual: number): boolean {
  switch (condition) {
    case 'any':
      return true;
    case 'absent':
      return actual === 0;
    case 'present':
      return actual !== 0;
    default:
      return condition === actual;
  }
}

/** What a write that was carried out is answered; `version` is the one it gave. */
export function recordResult(
  write: RecordWrite,
  current: StandingRecord | undefined,
  version: number,
  updateTime: Micros,
): RecordResult {
  if (write.kind === 'delete') return { applied: current !== undefined, version: 0, updateTime, count: 0 };
  const count = write.kind === 'append' ? (current?.count ?? 0) + write.items.length : 0;
  return { applied: true, version, updateTime, count };
}
