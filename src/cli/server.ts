import { connectivityState } from '@grpc/grpc-js';
import { CallError, type Connection, connect, targetOf } from '@trackside/client';
import { type Channel, Status } from 'nice-grpc';
import { CommandError, exitCode } from './exit.js';

const connectTimeoutMs = 5000;

/**
 * Runs a command's work with a connection to a server that is there, closes it, and turns failed calls into what
 * a user is told.
 */
export async function withServer<T>(
  address: string,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = connect(checked(address));
  try {
    await reach(connection.channel, address);
    return await work(connection);
  } catch (error) {
    throw told(error, address);
  } finally {
    connection.close();
  }
}

/** Fails unless the server can be reached now. */
async function reach(channel: Channel, address: string): Promise<void> {
  const deadline = Date.now() + connectTimeoutMs;
  for (;;) {
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.READY) return;
    if (state === connectivityState.TRANSIENT_FAILURE || Date.now() >= deadline) {
      throw new CommandError(unreachable(address));
    }
    await new Promise<void>((resolve) => channel.watchConnectivityState(state, deadline, () => resolve()));
  }
}

/** A failed call as one line for the user; any other error as it is. */
export function told(error: unknown, address: string): unknown {
  if (!(error instanceof CallError)) return error;
  const { code, reason, violations, details } = error;
  if (reason === undefined && code === Status.UNAVAILABLE) return new CommandError(unreachable(address));
  if (reason === undefined && code === Status.UNIMPLEMENTED) {
    return new CommandError(`${address} answers, but not as Trackside`);
  }
  const what = violations.map(({ field, description }) => `${field}: ${description}`).join('; ') || details;
  return new CommandError(`${what} (${reason ?? Status[code]})`);
}

function unreachable(address: string): string {
  return `no Trackside at ${address}: start it with "npx trackside serve", or say with --address where it is`;
}

function checked(address: string): string {
  try {
    targetOf(address);
    return address;
  } catch (error) {
    throw new CommandError(`--address: ${(error as Error).message}`, exitCode.usage);
  }
}
