import type { EntryWrite } from '#src/storage/ports/cache.js';
import type { Value } from '#src/storage/ports/common.js';
import type { RecordWrite } from '#src/storage/ports/record.js';

/** What a cache has to hold, in the plainest way. */
export class CacheModel {
  readonly entries = new Map<string, { value: Value; expireTime: number | undefined }>();
  readonly requests = new Map<string, string>();

  live(key: string, now: number) {
    const entry = this.entries.get(key);
    return entry && (entry.expireTime ?? Number.POSITIVE_INFINITY) > now ? entry : undefined;
  }

  /** Whether a write has to be applied. */
  applies(write: EntryWrite, now: number): boolean {
    const entry = this.live(write.key, now);
    if (write.kind === 'increment') return entry === undefined || isWhole(entry.value);
    if (write.kind !== 'set') return entry !== undefined;
    const { condition } = write;
    if (condition === 'any') return true;
    if (typeof condition === 'string') return (condition === 'present') === (entry !== undefined);
    return entry !== undefined && plain(entry.value) === plain(condition.equals);
  }

  apply(write: EntryWrite, now: number): void {
    const { key } = write;
    const entry = this.live(key, now);
    if (write.request) this.requests.set(write.request.id, write.request.digest);
    if (write.kind === 'delete') this.entries.delete(key);
    if (write.kind === 'set') this.entries.set(key, { value: write.value, expireTime: write.expireTime });
    if (write.kind === 'touch') this.entries.set(key, { value: entry!.value, expireTime: write.expireTime });
    if (write.kind === 'increment') {
      const value = `${BigInt((entry?.value as string | undefined) ?? '0') + write.delta}`;
      this.entries.set(key, { value, expireTime: entry ? entry.expireTime : write.expireTime });
    }
  }
}

/** What records have to hold. */
export class RecordModel {
  readonly records = new Map<string, { content: Value | Value[]; version: number }>();
  readonly requests = new Map<string, string>();
  highest = 0;

  listAt(key: string): Value[] | undefined {
    const content = this.records.get(key)?.content;
    return Array.isArray(content) ? content : undefined;
  }

  /** What a write has to be answered. */
  statusOf(write: RecordWrite): 'done' | 'wrong_kind' | 'conflict' {
    const record = this.records.get(write.key);
    const isList = Array.isArray(record?.content);
    if (write.kind === 'append') return record && !isList ? 'wrong_kind' : 'done';
    if (write.kind === 'set' && isList) return 'wrong_kind';
    const { condition } = write;
    if (condition === 'any') return 'done';
    if (typeof condition === 'number') return (record?.version ?? 0) === condition ? 'done' : 'conflict';
    return (condition === 'present') === (record !== undefined) ? 'done' : 'conflict';
  }

  apply(write: RecordWrite, version: number): void {
    const { key } = write;
    const before = this.records.get(key);
    if (write.request && (write.kind !== 'delete' || before)) {
      this.requests.set(write.request.id, write.request.digest);
    }
    if (write.kind === 'delete') this.records.delete(key);
    if (write.kind === 'set') this.records.set(key, { content: write.value, version });
    if (write.kind === 'append') {
      this.records.set(key, { content: [...(this.listAt(key) ?? []), ...write.items], version });
    }
    this.highest = Math.max(this.highest, version);
  }
}

/** A value as a text that tells kinds apart. */
export function plain(value: Value | undefined): string {
  if (value === undefined) return 'none';
  return typeof value === 'string' ? `json ${value}` : `bytes ${Buffer.from(value).toString('hex')}`;
}

function isWhole(value: Value): boolean {
  return typeof value === 'string' && /^-?\d+$/.test(value);
}
