import type { Section } from './section.js';

/** What a dialect is called in an SQLAlchemy URL, and what makes a store of ours of a section that has it. */
const dialects: Readonly<Record<string, (section: Section) => string | undefined>> = {
  sqlite,
};

/** The store that takes the place of the database which Rasa's SQL tracker store is on. */
export function sqlTracker(section: Section): string | undefined {
  const dialect = dialectOf(section);
  const map = dialects[dialect.split('+')[0]!];
  if (map) return map(section);
  const key = section.text('url')?.includes('://') ? 'url' : 'dialect';
  return section.problem(key, `no engine for ${dialect} here: known are ${Object.keys(dialects).join(', ')}`);
}

/** A whole URL comes before the dialect. */
function dialectOf(section: Section): string {
  const dialect = section.text('dialect') ?? 'sqlite';
  const [, scheme] = /^([\w+]+):\/\//.exec(section.text('url') ?? '') ?? [];
  return scheme ?? dialect;
}

/** A file beside Rasa's, whose layout is another one. */
function sqlite(section: Section): string | undefined {
  const url = section.text('url');
  const isUrl = url?.includes('://') ?? false;
  const db = section.text('db') ?? 'rasa.db';
  const path = isUrl ? pathOf(url!) : db;
  const isWrong = foreign(section, isUrl ? [] : ['url', 'port', 'username', 'password', 'login_db']);
  if (path === undefined) {
    return section.problem(
      'url',
      'must be sqlite:///PATH, with a fourth slash for an absolute path, and no parameters',
    );
  }
  if (isWrong) return undefined;
  if (path === '' || path === ':memory:') return 'memory:';
  return `sqlite:${besides(path)}`;
}

/** The file that holds for us what Rasa's file holds for Rasa. */
function besides(path: string): string {
  return `${path}.trackside`;
}

function pathOf(url: string): string | undefined {
  const [, path] = /^[\w+]+:\/\/(?:\/([^?]*))?$/.exec(url) ?? [];
  return url.includes('?') || (path === undefined && !url.endsWith('://')) ? undefined : (path ?? '');
}

/** Keys that a SQLite file has no use for, with which Rasa doesn't start either, or takes another file. */
function foreign(section: Section, keys: readonly string[]): boolean {
  const used = [...keys, 'query'].filter((key) => section.value(key) !== undefined);
  for (const key of used) section.problem(key, 'is not for SQLite: db is all it needs');
  return used.length > 0;
}
