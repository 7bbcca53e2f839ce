/** What the commands end with, besides 0. */
export const exitCode = {
  /** The command was right and could not be done. */
  failure: 1,
  /** The command line was wrong. */
  usage: 2,
  /** A stream ended with a discontinuity. */
  discontinuity: 3,
} as const;

/** What `lock run` ends with where it isn't the code of the command that it runs; chosen as `timeout` and `env` do. */
export const lockRunCode = {
  /** The lock was lost while the command ran, which was ended. */
  lost: 123,
  /** The lock wasn't granted. */
  notGranted: 124,
  /** There was no asking for the lock, as without a server. */
  failure: 125,
  /** The command can't be run. */
  cannotRun: 126,
  /** There is no such command. */
  notFound: 127,
  /** Added to the number of the signal that ended the command. */
  signal: 128,
} as const;

/** Ends a command with a message for the user, without a stack trace. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, code: number = exitCode.failure) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = code;
  }
}
