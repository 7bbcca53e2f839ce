/** The most bytes of a stream that are handed to the transport and not yet taken by the client. */
const maxUnsent = 256 << 10;

/**
 * A stream's way out. A client that does not read costs what is unsent, not more: nothing else is read for it
 * meanwhile.
 */
export class Outlet {
  readonly #write: (bytes: Uint8Array, onTaken: () => void) => void;
  readonly #onRoom: () => void;
  /** Who waits for room. */
  readonly #waiting = new Set<() => void>();
  #unsent = 0;

  /** `onRoom` is called whenever something was taken and there is room. */
  constructor(write: (bytes: Uint8Array, onTaken: () => void) => void, onRoom: () => void = () => {}) {
    this.#write = write;
    this.#onRoom = onRoom;
  }

  get isFull(): boolean {
    return this.#unsent >= maxUnsent;
  }

  send(bytes: Uint8Array): void {
    this.#unsent += bytes.length;
    this.#write(bytes, () => {
      this.#unsent -= bytes.length;
      if (this.isFull) return;
      this.#onRoom();
      for (const wake of this.#waiting) wake();
    });
  }

  /** A promise of room where there is none; it resolves too when the signal aborts, as a dead stream never has any. */
  room(signal: AbortSignal): Promise<void> | undefined {
    if (!this.isFull || signal.aborted) return undefined;
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
