import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Writes text and waits while the reader is behind; fails with the stream's error, as EPIPE. */
export type Write = (text: string | Uint8Array) => Promise<void>;

/** A writer that never holds more than the stream's own buffer and one text. */
export function writerOf(stream: Writable): Write {
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure ??= error;
  });
  return async (text) => {
    if (failure) throw failure;
    if (!stream.write(text)) await once(stream, 'drain');
  };
}

/** Whether the reader of our output has gone, as `head` does: nothing to complain about. */
export function isReaderGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
