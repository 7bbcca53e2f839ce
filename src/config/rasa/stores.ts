import { nearest } from '../nearest.js';
import { redisLock, redisTracker } from './redis.js';
import type { Section } from './section.js';
import { sqlTracker } from './sql.js';

/** What takes the place of a type of Rasa's stores. */
interface Mapper {
  /** The URL of the store; undefined where the section has a problem. */
  url(section: Section): string | undefined;
  /** True where Rasa doesn't start with keys that it doesn't know, instead of leaving them out. */
  readonly strict?: true;
}

/** A section of the file: the types that its store can have, as Rasa spells them, and what to say without. */
interface Kind {
  readonly types: Readonly<Record<string, Mapper>>;
  readonly isCaseSensitive: boolean;
}

const inMemory: Mapper = { url: () => 'memory:' };

/** A new engine adds an entry. */
export const kinds = {
  tracker_store: {
    types: { in_memory: inMemory, redis: { url: redisTracker }, SQL: { url: sqlTracker } },
    isCaseSensitive: false,
  },
  lock_store: {
    types: { in_memory: inMemory, redis: { url: redisLock, strict: true } },
    isCaseSensitive: true,
  },
} as const satisfies Readonly<Record<string, Kind>>;

/** The store that a section names, Rasa's own in memory where it names none; undefined where it has a problem. */
export function storeOf(name: keyof typeof kinds, section: Section): string | undefined {
  const kind: Kind = kinds[name];
  const type = section.text('type');
  const mapper = mapperOf(kind, section.text('store_type') ?? type ?? 'in_memory', section);
  const url = mapper?.url(section);
  if (mapper) tellUnknown(section, mapper);
  return section.problems.length > 0 ? undefined : url;
}

function mapperOf({ types, isCaseSensitive }: Kind, type: string, section: Section): Mapper | undefined {
  const name = isCaseSensitive
    ? type
    : Object.keys(types).find((one) => one.toLowerCase() === type.toLowerCase());
  const found = name === undefined ? undefined : types[name];
  if (found) return found;
  if (/^trackside\./.test(type)) {
    return section.problem(
      'type',
      `${type} is the bot's way to a sidecar, and names no store: give the sidecar the file as it was before, or its own settings`,
    );
  }
  if (type.includes('.')) {
    return section.problem('type', `${type} is a class of Python's, which runs in the bot only`);
  }
  const names = Object.keys(types);
  const suggestion = nearest(type, names);
  const hint = suggestion === undefined ? `known are ${names.join(', ')}` : `did you mean ${suggestion}?`;
  return section.problem('type', `no engine for ${type} here: ${hint}`);
}

/** Keys of every endpoint, which stores have no use for. */
const ofEndpoints = ['params', 'headers', 'basic_auth', 'token', 'token_name', 'cafile'];

function tellUnknown(section: Section, { strict }: Mapper): void {
  for (const { key, what } of section.unknown()) {
    if (key === 'host') section.problem(key, 'must be called url; Rasa refuses it under this name');
    else if (ofEndpoints.includes(key)) section.warning(key, 'not used, nor by Rasa');
    else if (strict) section.problem(key, what);
    else section.warning(key, `not used, nor by Rasa: ${what}`);
  }
}
