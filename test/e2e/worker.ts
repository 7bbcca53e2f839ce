import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { JsonValue } from '@bufbuild/protobuf';
import { root } from '../root.js';
import type { Failure } from './failure.js';
import type { Way } from './holds.js';

/** A call that a worker is asked to make, its request in protobuf's JSON. */
export interface Asked {
  readonly call: 'acquireLock' | 'holdLock' | 'getTracker' | 'appendEvents';
  readonly request: JsonValue;
}

/** What came of it. */
export interface Told {
  /** Of HoldLock, whose stream stays open, its first item but the place in line. */
  readonly response?: Readonly<Record<string, JsonValue>>;
  readonly failure?: Failure;
}

/** A client in a process of its own. `endWorkers` ends it. */
export interface Worker {
  readonly process: ChildProcess;
  /** Has it make a call; calls are made one after the other. */
  ask(asked: Asked): Promise<Told>;
}

const children = new Set<ChildProcess>();

/** Ends every worker. */
export function endWorkers(): void {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
}

export async function startWorker(address: string, holdsBy: Way = 'a call of its own'): Promise<Worker> {
  const child = spawn(process.execPath, [join(root, 'dist/test/e2e/worker-main.js'), address, holdsBy], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.add(child);
  const waiting: ((told: Told) => void)[] = [];
  createInterface(child.stdout).on('line', (line) => waiting.shift()!(JSON.parse(line) as Told));
  return {
    process: child,
    ask: (asked) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        child.stdin.write(`${JSON.stringify(asked)}\n`);
      }),
  };
}
