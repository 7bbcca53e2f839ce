import { readYaml } from '../file.js';
import { formatValue } from '../format.js';
import { nearest } from '../nearest.js';
import type { Env } from '../references.js';
import { type Path, settingOf } from '../settings.js';
import type { Source, Written } from '../sources.js';
import { references } from './references.js';
import { Section } from './section.js';
import { kinds, storeOf } from './stores.js';

/** What is worth knowing before anything goes wrong. */
export interface Notice {
  readonly level: 'info' | 'warn';
  readonly text: string;
}

/** What a file of Rasa's says, and what is worth knowing about it. */
export interface EndpointsSource extends Source {
  readonly notices: readonly Notice[];
}

/** The settings that a section sets: its store's own first, and those that are kept with it. */
const settingsOf = {
  tracker_store: ['storage.tracker', 'storage.default'],
  lock_store: ['storage.lock', 'storage.queue'],
} as const satisfies Readonly<Record<keyof typeof kinds, readonly Path[]>>;

/**
 * Reads the stores of Rasa's endpoints file. What `given` has stands above the file: a section whose setting is
 * there is not judged, and that it isn't used is told.
 */
export async function readEndpoints(
  path: string,
  env: Env,
  given: ReadonlyMap<Path, Written>,
): Promise<EndpointsSource> {
  const read = await readYaml(path, references(env));
  if ('problems' in read) return { written: new Map(), problems: read.problems, notices: [] };
  const content = mappingOf(read.content ?? {});
  if (!content) return { written: new Map(), problems: [`${path}: must be a mapping`], notices: [] };
  const names = Object.keys(kinds) as (keyof typeof kinds)[];
  const sections = names.map((name) => readSection(name, content[name], path, given));
  const written = new Map(sections.flatMap((section) => [...section.written]));
  return {
    written,
    problems: [...misspelt(content, path), ...sections.flatMap(({ problems }) => problems)],
    notices: [...sections.flatMap(({ notices }) => notices), ...contradiction(written, given)],
  };
}

function readSection(
  name: keyof typeof kinds,
  value: unknown,
  path: string,
  given: ReadonlyMap<Path, Written>,
): EndpointsSource {
  const settings = settingsOf[name];
  const section = sectionOf(name, value, path);
  const url = section.problems.length > 0 ? undefined : storeOf(name, section);
  const own = given.get(settings[0]);
  if (own) {
    const told = warning(`${name} (${path}): not used: ${settings[0]} is set (${own.origin})`);
    return { written: new Map(), problems: [], notices: own.raw === url ? [] : [told] };
  }
  const { problems, warnings } = section;
  if (url === undefined) return { written: new Map(), problems, notices: warnings.map(warning) };
  return {
    written: new Map(
      [...settings.map((setting) => [setting, url] as const), ...section.settings].map(([setting, raw]) => [
        setting,
        { raw, origin: path },
      ]),
    ),
    problems,
    notices: [...warnings.map(warning), ...consequence(name, url, value === undefined, path)],
  };
}

function warning(text: string): Notice {
  return { level: 'warn', text };
}

/** Says that a store for everything isn't the conversations' store. */
function contradiction(written: ReadonlyMap<Path, Written>, given: ReadonlyMap<Path, Written>): Notice[] {
  const store = written.get('storage.tracker');
  const other = given.get('storage.default');
  if (!store || !other || other.raw === store.raw) return [];
  const says = `tracker_store (${store.origin}) says ${shown(store.raw)}`;
  return [warning(`storage.default (${other.origin}): not where conversations are kept: ${says}`)];
}

function sectionOf(name: string, value: unknown, origin: string): Section {
  const content = mappingOf(value ?? {});
  const section = new Section(name, content ?? {}, origin);
  if (!content) section.problem('', 'must be a mapping');
  return section;
}

/** What nobody should find out too late. */
function consequence(name: keyof typeof kinds, url: string, isMissing: boolean, origin: string): Notice[] {
  const place = `${name} (${origin})`;
  if (url === 'memory:') {
    const why = isMissing ? 'not there, ' : '';
    const kept = name === 'tracker_store' ? 'conversations are' : 'locks and queues are';
    return [
      warning(`${place}: ${why}so that ${kept} kept in memory, as with Rasa, and gone with the process`),
    ];
  }
  if (name === 'lock_store') return [];
  const text = `${place}: conversations are kept in ${shown(url)}; what Rasa stored stays where it is, and "trackside import rasa" brings it over`;
  return [{ level: 'info', text }];
}

function shown(url: unknown): string {
  return formatValue(settingOf('storage.tracker'), url);
}

/** A section of another name Rasa leaves out, and keeps everything in memory. */
function misspelt(content: object, origin: string): string[] {
  const names = Object.keys(kinds);
  return Object.keys(content).flatMap((key) => {
    const meant = names.includes(key) ? undefined : nearest(key, names);
    return meant === undefined ? [] : [`${key} (${origin}): no section of Rasa's: did you mean ${meant}?`];
  });
}

function mappingOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMapping ? (value as Readonly<Record<string, unknown>>) : undefined;
}
