import { harmless, shortened } from '../paint.js';

interface Kind {
  /** What it is, and what becomes of it. */
  readonly meaning: string;
  /** Whether something is missing in Trackside for it. */
  readonly isLost?: true;
}

/** What can be odd in a store of Rasa's. */
export const kinds = {
  duplicate: { meaning: 'events once more, to the letter and with their time: stored once' },
  time_backwards: { meaning: 'events older than the one before them: order kept as it is' },
  before_session: {
    meaning: "events older than the session they are in, which Rasa's SQL store hid: order kept as it is",
  },
  not_a_number: { meaning: 'events with NaN or Infinity, which JSON has no word for: stored with null' },
  unknown_type: {
    meaning: "events of a type that Rasa doesn't know, and doesn't read their conversations for: stored",
  },
  untimed: { meaning: 'events without a time that makes sense: stored' },
  unnamed: {
    meaning: 'events whose name is too long or has control characters: stored, not to be found by it',
  },
  expiring: { meaning: 'conversations that would have ended after a while (record_exp): they stay now' },
  empty: { meaning: 'conversations without events: there is nothing to store' },
  unreadable: { meaning: "events and conversations that can't be read: left out", isLost: true },
  too_large: { meaning: 'events larger than 1 MiB, or nested deeper than 100: left out', isLost: true },
  refused: { meaning: 'conversations that Trackside did not take, or not to the end', isLost: true },
} as const satisfies Readonly<Record<string, Kind>>;

export type OddKind = keyof typeof kinds;

interface Found {
  count: number;
  readonly examples: string[];
}

const maxExamples = 3;

/** Counts what is odd, and keeps the first few examples of each kind. */
export class Oddities {
  readonly #found = new Map<OddKind, Found>();

  add(kind: OddKind, example: string): void {
    const found = this.#found.get(kind) ?? { count: 0, examples: [] };
    found.count++;
    if (found.examples.length < maxExamples) found.examples.push(example);
    this.#found.set(kind, found);
  }

  /** How many events and conversations did not come over. */
  get lost(): number {
    return this.#rows().reduce((sum, { kind, count }) => sum + ('isLost' in kinds[kind] ? count : 0), 0);
  }

  /** Each kind on a line, its examples below. */
  text(): string {
    return this.#rows()
      .map(({ kind, count, examples }) => {
        const more = count > examples.length ? ['…'] : [];
        const lines = [...examples.map((example) => shortened(harmless(example))), ...more];
        return `${kind} (${count}): ${kinds[kind].meaning}\n${lines.map((line) => `  ${line}\n`).join('')}`;
      })
      .join('');
  }

  toJSON(): unknown {
    return this.#rows();
  }

  #rows() {
    const known = Object.keys(kinds) as OddKind[];
    return known.flatMap((kind) => {
      const found = this.#found.get(kind);
      return found ? [{ kind, ...found }] : [];
    });
  }
}
