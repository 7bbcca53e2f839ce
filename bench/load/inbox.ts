/** What stands before a message: a flag and its length. */
const prefix = 5;

/** Cuts one stream's bytes into its messages. */
export class Inbox {
  readonly #onMessage: (message: Buffer) => void;
  #rest: Buffer | undefined;

  constructor(onMessage: (message: Buffer) => void) {
    this.#onMessage = onMessage;
  }

  take(bytes: Buffer): void {
    let input = this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes;
    while (input.length >= prefix) {
      const end = prefix + input.readUInt32BE(1);
      if (input.length < end) break;
      this.#onMessage(input.subarray(prefix, end));
      input = input.subarray(end);
    }
    this.#rest = input.length > 0 ? input : undefined;
  }
}
