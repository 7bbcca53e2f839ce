import { CallError, type Violation } from '@trackside/client';
import { Status } from 'nice-grpc';

/** What a failed call tells. */
export interface Failure {
  /** UNKNOWN where the failure isn't a call's. */
  readonly code: Status;
  readonly reason: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly Violation[];
  readonly message: string;
}

/** Reads why a call through one of our clients failed. */
export function reasonOf(error: unknown): Failure {
  if (!(error instanceof CallError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: Status.UNKNOWN, reason: undefined, metadata: {}, violations: [], message };
  }
  const { code, reason, metadata, violations, details } = error;
  return { code, reason, metadata, violations, message: details };
}
