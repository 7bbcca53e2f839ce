import { type Reason, TracksideError } from '../../errors.js';

/** SQLite's primary result codes that are told apart. */
const code = { busy: 5, full: 13, notADatabase: 26 } as const;

/** A failure as it crosses a thread's border, where errors lose their class. */
export interface Failure {
  readonly reason: Reason;
  readonly message: string;
  readonly detail: string;
}

/** What a client is told of a failure; the detail is the driver's text, for the log. */
export function failureOf(error: unknown): Failure {
  const detail = textOf(error);
  if (error instanceof TracksideError) return { reason: error.reason, message: error.message, detail };
  if (primaryCode(error) === code.full) {
    return { reason: 'STORE_FULL', message: 'the SQLite store has no room left on its disk', detail };
  }
  return { reason: 'STORE_UNAVAILABLE', message: 'the SQLite store failed', detail };
}

export function errorOf({ reason, message, detail }: Failure): TracksideError {
  return new TracksideError(reason, message, { cause: new Error(detail) });
}

/** Runs work, its failures turned into what a client is told. */
export function translated<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof TracksideError ? error : errorOf(failureOf(error));
  }
}

export function isBusy(error: unknown): boolean {
  return primaryCode(error) === code.busy;
}

export function isNotADatabase(error: unknown): boolean {
  return primaryCode(error) === code.notADatabase;
}

/** The driver's text; its errors needn't be instances of this realm's Error. */
export function textOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : String(error);
}

function primaryCode(error: unknown): number | undefined {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : undefined;
}
