import { nearest, unknownName } from '../nearest.js';
import type { Path } from '../settings.js';

/**
 * A section of an endpoints file, whose keys are asked for by name. What is wrong with a value, or worth knowing, is
 * collected, and never quotes it: it may be a password.
 */
export class Section {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  /** What it sets beside the store. */
  readonly settings = new Map<Path, unknown>();
  readonly #name: string;
  readonly #origin: string;
  readonly #content: Readonly<Record<string, unknown>>;
  readonly #asked = new Set<string>();

  constructor(name: string, content: Readonly<Record<string, unknown>>, origin: string) {
    this.#name = name;
    this.#content = content;
    this.#origin = origin;
  }

  problem(key: string, what: string): undefined {
    this.problems.push(`${this.#placeOf(key)}: ${what}`);
  }

  warning(key: string, what: string): undefined {
    this.warnings.push(`${this.#placeOf(key)}: ${what}`);
  }

  /** A key's value; undefined where it has none, or an empty one. */
  value(key: string): unknown {
    this.#asked.add(key);
    const value = this.#content[key];
    return value === null || value === '' ? undefined : value;
  }

  /** A text; a whole number is taken for its digits, as Rasa's drivers do. */
  text(key: string): string | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === 'string') return value;
    if (Number.isSafeInteger(value)) return String(value);
    return this.problem(key, 'must be a text; put it in quotes');
  }

  whole(key: string, min: number, max: number): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    if (Number.isInteger(number) && (number as number) >= min && (number as number) <= max) {
      return number as number;
    }
    return this.problem(key, `must be a whole number from ${min} to ${max}`);
  }

  /** A text is refused: Rasa takes any for true, `false` too. */
  flag(key: string): boolean {
    const value = this.value(key);
    if (value === undefined || typeof value === 'boolean') return value ?? false;
    this.problem(
      key,
      'must be true or false, neither in quotes nor from a variable: Rasa takes any text for true',
    );
    return false;
  }

  /** What to say of the keys that nobody asked for. */
  unknown(): readonly { readonly key: string; readonly what: string }[] {
    const known = [...this.#asked];
    const keys = Object.keys(this.#content).filter((key) => !this.#asked.has(key));
    return keys.map((key) => ({ key, what: unknownName('key', nearest(key, known), known) }));
  }

  #placeOf(key: string): string {
    return `${this.#name}${key && '.'}${key} (${this.#origin})`;
  }
}
