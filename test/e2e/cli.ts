import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../root.js';

/** How a command ended, and what it printed. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly process: ChildProcessWithoutNullStreams;
  /** What it has printed so far. */
  readonly printed: { stdout: string; stderr: string };
  readonly ended: Promise<Ended>;
}

const running = new Set<ChildProcessWithoutNullStreams>();

/** Starts a client command against a server. */
export function startCommand(address: string, ...args: readonly string[]): Running {
  const env = { ...process.env, TRACKSIDE_ADDRESS: address };
  const child = spawn(process.execPath, [join(root, 'dist/main.js'), ...args], { env, stdio: 'pipe' });
  running.add(child);
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
    });
  }
  const ended = once(child, 'close').then(([code]: (number | null)[]) => {
    running.delete(child);
    return { code: code ?? null, ...printed };
  });
  return { process: child, printed, ended };
}

/** Runs a client command to its end. */
export function runCommand(address: string, ...args: readonly string[]): Promise<Ended> {
  return runWithInput('', address, ...args);
}

/** Runs a client command with text on its standard input. */
export async function runWithInput(
  input: string,
  address: string,
  ...args: readonly string[]
): Promise<Ended> {
  const command = startCommand(address, ...args);
  command.process.stdin.on('error', () => {}).end(input);
  return command.ended;
}

/** Waits for what a command is about to print or do. */
export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain until ${condition}`);
    await sleep(5);
  }
}

/** Ends what a failed test left running. */
export function endCommands(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** A dump's line. */
export function dumpLine(conversationId: string, events: readonly string[]): string {
  return `{"sender_id":${JSON.stringify(conversationId)},"events":[${events.join(',')}]}\n`;
}

/** The texts of that many events. */
export function slotEvents(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, i) => `{"event":"slot","name":"n","value":${first + i}}`);
}

/** The objects of a command's complete output lines. */
export function objects<T>(stdout: string): T[] {
  const lines = stdout.slice(0, stdout.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}

/** A line of `tail --json`. */
export interface TailLine {
  readonly conversation_id: string;
  readonly sequence: number;
  readonly type: string;
  readonly name: string;
  readonly data: string;
  readonly cursor: string;
}
