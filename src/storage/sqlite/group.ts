import { TracksideError } from '../../errors.js';
import type { Micros } from '../ports/common.js';
import type { Timed } from './protocol.js';

/** One commit's bound, so that none takes long. */
const maxCommit = { writes: 512, bytes: 4 << 20 };
/** The most that may wait to be written. */
const maxPendingBytes = 64 << 20;

interface Waiting<Write, Outcome> {
  readonly writes: readonly Timed<Write>[];
  readonly bytes: number;
  readonly resolve: (outcomes: readonly Outcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Commits together what arrives while a commit is under way, so that one flush to the disk serves all of it. */
export class Group<Write, Outcome> {
  readonly #commit: (writes: readonly Timed<Write>[]) => Promise<readonly Outcome[]>;
  readonly #sizeOf: (write: Write) => number;
  #waiting: Waiting<Write, Outcome>[] = [];
  #pendingBytes = 0;
  #running = false;

  constructor(
    commit: (writes: readonly Timed<Write>[]) => Promise<readonly Outcome[]>,
    sizeOf: (write: Write) => number,
  ) {
    this.#commit = commit;
    this.#sizeOf = sizeOf;
  }

  /** Writes, in the order of the calls; OVERLOADED where too much is waiting already. */
  async write(writes: readonly Write[], now: Micros): Promise<readonly Outcome[]> {
    const bytes = writes.reduce((sum, write) => sum + this.#sizeOf(write), 0);
    if (this.#pendingBytes + bytes > maxPendingBytes) {
      throw new TracksideError('OVERLOADED', 'too many bytes are waiting to be written; try again later');
    }
    this.#pendingBytes += bytes;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ writes: writes.map((write) => ({ write, now })), bytes, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      // What else this turn of the event loop brings joins the first commit.
      setImmediate(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#commitSome(this.#take());
    this.#running = false;
  }

  #take(): readonly Waiting<Write, Outcome>[] {
    let [bytes, writes, count] = [0, 0, 0];
    for (const waiting of this.#waiting) {
      bytes += waiting.bytes;
      writes += waiting.writes.length;
      if (count > 0 && (bytes > maxCommit.bytes || writes > maxCommit.writes)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #commitSome(group: readonly Waiting<Write, Outcome>[]): Promise<void> {
    try {
      const outcomes = await this.#commit(group.flatMap(({ writes }) => writes));
      let at = 0;
      for (const { writes, resolve } of group) {
        resolve(outcomes.slice(at, at + writes.length));
        at += writes.length;
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      for (const { bytes } of group) this.#pendingBytes -= bytes;
    }
  }
}
