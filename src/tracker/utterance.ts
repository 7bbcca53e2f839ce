import { elements, member, withMember } from '../json/slice.js';
import type { FoldEvent } from './event.js';

/** Something the user said, with the entities that later events found in it. */
export class Utterance {
  readonly #event: FoldEvent | undefined;
  #parseData: string | undefined;
  #entities: Entities | undefined;

  /** Without an event: that nothing was said yet. */
  constructor(event?: FoldEvent) {
    this.#event = event;
  }

  /** Adds those of an array's elements that are not there yet. */
  add(entities: string): void {
    this.#entities ??= entitiesOf(this.#parsed());
    for (const entity of elements(entities)) {
      const key = canonical(entity);
      if (this.#entities.keys.has(key)) continue;
      this.#entities.keys.add(key);
      this.#entities.sources.push(entity);
      this.#entities.grown = true;
    }
  }

  /** What the language understanding made of it, with the present entities; the source text where none came. */
  message(): string {
    const parsed = this.#parsed();
    if (this.#entities?.grown) return withMember(parsed, 'entities', `[${this.#entities.sources.join(',')}]`);
    return isArray(member(parsed, 'entities')) ? parsed : withMember(parsed, 'entities', '[]');
  }

  /**
   * The message as Rasa keeps it for a loop that it started: entities that came later are in it only where
   * there were some from the start.
   */
  triggerMessage(): string {
    const parsed = this.#parsed();
    return elements(member(parsed, 'entities')!).length > 0 ? this.message() : parsed;
  }

  /** parse_data with all the members that Rasa promises, added from the event where they are missing. */
  #parsed(): string {
    this.#parseData ??= complete(this.#event?.data ?? '{}');
    return this.#parseData;
  }
}

/** A conversation's utterances, one for each `user` event, however often that is applied. */
export class Utterances {
  readonly #known = new Map<FoldEvent, Utterance>();

  of(event: FoldEvent): Utterance {
    let utterance = this.#known.get(event);
    if (!utterance) {
      utterance = new Utterance(event);
      this.#known.set(event, utterance);
    }
    return utterance;
  }
}

interface Entities {
  readonly sources: string[];
  readonly keys: Set<string>;
  grown: boolean;
}

function entitiesOf(parsed: string): Entities {
  const sources = elements(member(parsed, 'entities') ?? '[]');
  return { sources, keys: new Set(sources.map(canonical)), grown: false };
}

function complete(data: string): string {
  const given = member(data, 'parse_data');
  const base = given?.startsWith('{') ? given : '{}';
  return [
    ['intent', '{}'],
    ['entities', '[]'],
    ['text', member(data, 'text') ?? 'null'],
    ['message_id', member(data, 'message_id') ?? 'null'],
    ['metadata', member(data, 'metadata') ?? '{}'],
  ].reduce(
    (text, [name, value]) => (member(text, name!) === undefined ? withMember(text, name!, value!) : text),
    base,
  );
}

function isArray(source: string | undefined): boolean {
  return source?.startsWith('[') ?? false;
}

/** Equal for equal values: the order of members and the spelling of numbers and strings don't count. */
function canonical(source: string): string {
  return JSON.stringify(JSON.parse(source), (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
