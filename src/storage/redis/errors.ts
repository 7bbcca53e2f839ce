import { TracksideError } from '../../errors.js';

const refusal = /WRONGPASS|NOAUTH|invalid password/;
const cutOff =
  /ECONN|ENOTFOUND|EHOST|EPIPE|EAI_AGAIN|ENOENT|unreachable|refresh slots|Connection is closed|writeable/;
const unreachableMessage = 'the Redis server cannot be reached';

/** What a client is told of a failure, by the word its text holds; the text itself is for the log. */
const failures: readonly (readonly [word: RegExp, message: string])[] = [
  [/READONLY/, 'the Redis server is a replica now'],
  [/LOADING/, 'the Redis server is loading its data'],
  [refusal, 'the Redis server refuses the user or password'],
  [/NOPERM/, 'the Redis user may not do what is needed'],
  [/CLUSTERDOWN|Too many Cluster redirections/, 'the Redis Cluster does not serve the slot'],
  [cutOff, unreachableMessage],
  [/timed out|timeout|ETIMEDOUT/, 'the Redis server did not answer in time'],
  [/\bBUSY\b/, "the Redis server is held up by somebody's script"],
  [/Script killed/, 'the script was killed on the Redis server, before it wrote'],
  [/NOREPLICAS/, 'the Redis server lacks the replicas without which it takes no writes'],
  [/MISCONF/, 'the Redis server cannot write to its disk, and takes no writes'],
];

/** Turns a failure of the driver's into what a client is told. */
export function errorOf(error: unknown): TracksideError {
  if (error instanceof TracksideError) return error;
  const text = textOf(error);
  if (/\bOOM\b|No space left/.test(text)) {
    return new TracksideError('STORE_FULL', 'the Redis store has no room left', { cause: error });
  }
  const found = failures.find(([word]) => word.test(text));
  return unavailable(found?.[1] ?? 'the Redis store failed', error);
}

export function unreachable(): TracksideError {
  return unavailable(unreachableMessage);
}

/** Whether it is of no use to try again with the same user and password. */
export function isRefusal(error: unknown): boolean {
  return refusal.test(textOf(error));
}

export function unavailable(message: string, cause?: unknown): TracksideError {
  return new TracksideError('STORE_UNAVAILABLE', message, { cause });
}

/** The driver's text. */
export function textOf(error: unknown): string {
  return String((error as { message?: unknown } | undefined)?.message ?? error);
}
