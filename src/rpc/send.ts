import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';

/** The most bytes of a stream that are handed to the transport and not yet taken by the client. */
const maxUnsent = 256 << 10;

const unsentBytes = new WeakMap<object, number>();

/**
 * Writes an item to a stream; resolves when more may come. A client that does not read costs what is unsent,
 * not more: nothing else is read for it meanwhile.
 */
export async function send(
  call: ServerWritableStream<Uint8Array, Uint8Array> | ServerDuplexStream<Uint8Array, Uint8Array>,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const unsent = (unsentBytes.get(call) ?? 0) + bytes.length;
  unsentBytes.set(call, unsent);
  const taken = () => unsentBytes.set(call, unsentBytes.get(call)! - bytes.length);
  if (unsent < maxUnsent) {
    call.write(bytes, taken);
    return;
  }
  await new Promise<void>((resolve) => {
    // A cancelled call never tells that its bytes were taken.
    signal.addEventListener('abort', done, { once: true });
    call.write(bytes, () => {
      taken();
      done();
    });
    function done() {
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
