import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import type { Backend } from '#src/storage/ports/backend.js';
import type { NewAppend, TrackerStore } from '#src/storage/ports/tracker.js';
import { open } from '#src/storage/sqlite/index.js';

/** The largest page that a test asks for. */
export const wide = { maxEvents: 100_000, maxBytes: 1e9 } as const;

/** Runs a body with a path in a new directory, and removes it. */
export async function withPath(body: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'trackside-sqlite-'));
  try {
    await body(join(folder, 'store.db'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a body with a store in a file, and closes it. */
export async function withStore(
  path: string,
  body: (store: TrackerStore, backend: Backend) => Promise<void>,
): Promise<void> {
  const backend = await open(path, { partitions: undefined });
  try {
    await body(backend.tracker!, backend);
  } finally {
    await backend[Symbol.asyncDispose]();
  }
}

/** Runs a body with a plain connection to a file that nobody serves. */
export function withFile<Result>(path: string, body: (database: DatabaseSyncInstance) => Result): Result {
  const database = new DatabaseSync(path);
  try {
    return body(database);
  } finally {
    database.close();
  }
}

/** An append of `count` events with a text of `size` letters each. */
export function newAppend(conversationId: string, appendId: string, count = 1, size = 10): NewAppend {
  const data = JSON.stringify({ text: 'x'.repeat(size) });
  const event = { type: 'user', name: '', eventTime: undefined, data, metadata: '' };
  const events = Array.from({ length: count }, () => event);
  return { conversationId, appendId, digest: appendId, expectation: 'any', fence: undefined, events };
}

/** How a promise was rejected. */
export async function rejection(promise: Promise<unknown>): Promise<{ reason?: string; message: string }> {
  try {
    await promise;
  } catch (error) {
    return error as { reason?: string; message: string };
  }
  throw new Error('it was not rejected');
}

/** Starts a process that does a task on a file; `lines` are what it says, until it is killed or ends. */
export function startChild(task: string, path: string) {
  const script = fileURLToPath(new URL('./sqlite-child.js', import.meta.url));
  const child = spawn(process.execPath, [script, task, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid!,
    lines: { [Symbol.asyncIterator]: () => lines },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
