/** What the commands end with, besides 0. */
export const exitCode = {
  /** The command was right and could not be done. */
  failure: 1,
  /** The command line was wrong. */
  usage: 2,
  /** A stream ended with a discontinuity. */
  discontinuity: 3,
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
