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
  const written = new Map<Path, Written>();
  const problems: string[] = [];
  const notices: Notice[] = [];
  const warn = (text: string) => notices.push({ level: 'warn', text });
  const read = await readYaml(path, references(env));
  if ('problems' in read) return { written, problems: read.problems, notices };
  const content = mappingOf(read.content ?? {});
  if (!content) return { written, problems: [`${path}: must be a mapping`], notices };
  problems.push(...misspelt(content, path));
  for (const name of Object.keys(kinds) as (keyof typeof kinds)[]) {
    const [setting, ...others] = settingsOf[name];
    const section = sectionOf(name, content[name], path);
    const url = section.problems.length > 0 ? undefined : storeOf(name, section);
    const own = given.get(setting);
    if (own) {
      if (own.raw !== url) warn(`${name} (${path}): not used: ${setting} is set (${own.origin})`);
      continue;
    }
    problems.push(...section.problems);
    section.warnings.forEach(warn);
    if (url === undefined) continue;
    for (const one of [setting, ...others]) written.set(one, { raw: url, origin: path });
    notices.push(...consequences(name, url, content[name] === undefined, path));
  }
  const store = written.get('storage.tracker');
  const other = given.get('storage.default');
  if (store && other && other.raw !== store.raw) {
    warn(
      `storage.default (${other.origin}): not where conversations are kept: tracker_store (${path}) says ${shown(store.raw)}`,
    );
  }
  return { written, problems, notices };
}

function sectionOf(name: string, value: unknown, origin: string): Section {
  const content = mappingOf(value ?? {});
  const section = new Section(name, content ?? {}, origin);
  if (!content) section.problem('', 'must be a mapping');
  return section;
}

/** What nobody should find out too late. */
function consequences(name: keyof typeof kinds, url: string, isMissing: boolean, origin: string): Notice[] {
  const place = `${name} (${origin})`;
  if (url === 'memory:') {
    const why = isMissing ? 'not there, ' : '';
    const kept = name === 'tracker_store' ? 'conversations are' : 'locks and queues are';
    const text = `${place}: ${why}so that ${kept} kept in memory, as with Rasa, and gone with the process`;
    return [{ level: 'warn', text }];
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
