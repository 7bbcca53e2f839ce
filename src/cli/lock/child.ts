import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { lockRunCode } from '../exit.js';

/** A command that runs with our standard streams. */
export interface Child {
  /** Its exit code, or 128 and the number of the signal that ended it; it never fails. */
  readonly ended: Promise<number>;
  signal(signal: NodeJS.Signals): void;
  /** Asks it to stop, and stops it where it doesn't in time. */
  end(): void;
}

const graceMs = 5000;

/** Starts a command with additional environment variables. */
export function startChild(command: readonly string[], env: Readonly<Record<string, string>>): Child {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  let killing: NodeJS.Timeout | undefined;
  const ended = new Promise<number>((resolve) => {
    // Also comes where a signal can't be sent, which changes nothing.
    child.on('error', (error) => child.pid === undefined && resolve(cannotRun(file, error)));
    child.once('exit', (code, signal) => resolve(code ?? signalCode(signal!)));
  });
  return {
    ended: ended.finally(() => clearTimeout(killing)),
    signal: (signal) => child.kill(signal),
    end: () => {
      child.kill('SIGTERM');
      killing ??= setTimeout(() => child.kill('SIGKILL'), graceMs);
    },
  };
}

/** What a shell's `$?` has after a command that a signal ended. */
export function signalCode(signal: NodeJS.Signals): number {
  return lockRunCode.signal + constants.signals[signal];
}

function cannotRun(file: string, error: NodeJS.ErrnoException): number {
  const isMissing = error.code === 'ENOENT';
  const why = isMissing ? 'there is no such command' : error.message;
  console.error(`trackside: can't run ${file}: ${why}`);
  return isMissing ? lockRunCode.notFound : lockRunCode.cannotRun;
}
