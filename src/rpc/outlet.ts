import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';

/** The most bytes of a stream that are handed to the transport and not yet taken by the client. */
export const maxUnsent = 256 << 10;

/**
 * A stream's way out. A client that does not read costs what is unsent, not more: nothing else is read for it
 * meanwhile.
 */
export class Outlet {
  readonly #call: ServerWritableStream<Uint8Array, Uint8Array> | ServerDuplexStream<Uint8Array, Uint8Array>;
  #unsent = 0;
  #room: (() => void) | undefined;

  constructor(
    call: ServerWritableStream<Uint8Array, Uint8Array> | ServerDuplexStream<Uint8Array, Uint8Array>,
    signal: AbortSignal,
  ) {
    this.#call = call;
    // A cancelled call never tells that its bytes were taken.
    signal.addEventListener('abort', () => this.#room?.(), { once: true });
  }

  /** Writes an item; a promise where nothing more should come until it resolves. */
  send(bytes: Uint8Array): Promise<void> | undefined {
    this.#unsent += bytes.length;
    this.#call.write(bytes, () => {
      this.#unsent -= bytes.length;
      if (this.#unsent < maxUnsent) this.#room?.();
    });
    if (this.#unsent < maxUnsent) return undefined;
    return new Promise((resolve) => {
      this.#room = () => {
        this.#room = undefined;
        resolve();
      };
    });
  }
}
