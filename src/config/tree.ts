import { nearest, unknownName } from './nearest.js';
import { type Env, resolveReferences } from './references.js';
import { type Path, paths } from './settings.js';
import type { Source, Written } from './sources.js';

/**
 * Reads a file's content: a mapping whose sections are mappings, with references to the environment. An empty
 * value counts as not set.
 */
export function fromFile(content: unknown, origin: string, env: Env): Source {
  const written = new Map<Path, Written>();
  const problems: string[] = [];

  const readValue = (path: Path, value: unknown): void => {
    const found: string[] = [];
    const raw = resolve(value, env, (problem) => found.push(`${path} (${origin}): ${problem}`));
    if (found.length === 0) written.set(path, { raw, origin });
    problems.push(...found);
  };
  const readMapping = (mapping: object, prefix: string): void => {
    for (const [key, value] of Object.entries(mapping)) {
      const node = nodeAt(prefix, key, value);
      if (node === undefined) problems.push(unknownKey(prefix, key, origin));
      else if (value === null) continue;
      else if (node !== 'section') readValue(node, value);
      else if (isMapping(value)) readMapping(value, `${prefix}${key}.`);
      else
        problems.push(
          `${prefix}${key} (${origin}): must be a mapping of ${below(`${prefix}${key}.`).join(', ')}`,
        );
    }
  };

  if (isMapping(content)) readMapping(content, '');
  else if (content !== null) problems.push(`${origin}: must be a mapping of ${below('').join(', ')}`);
  return { written, problems };
}

/** The setting that a key sets, or that it opens a section of them. */
function nodeAt(prefix: string, key: string, value: unknown): Path | 'section' | undefined {
  if (!below(prefix).includes(key)) return undefined;
  const path = `${prefix}${key}`;
  if (path === 'storage' && typeof value === 'string') return 'storage.default';
  return paths.find((known) => known === path) ?? 'section';
}

/** The keys that can stand behind a prefix. */
function below(prefix: string): string[] {
  const matching = paths.filter((path) => path.startsWith(prefix));
  return [...new Set(matching.map((path) => path.slice(prefix.length).split('.')[0]!))];
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function resolve(value: unknown, env: Env, report: (problem: string) => void): unknown {
  if (typeof value === 'string') return resolveReferences(value, env, report);
  return Array.isArray(value) ? value.map((item) => resolve(item, env, report)) : value;
}

function unknownKey(prefix: string, key: string, origin: string): string {
  const names = below(prefix);
  const sibling = nearest(key, names);
  const elsewhere = paths.find((path) => path.endsWith(`.${key}`));
  const suggestion = sibling === undefined ? elsewhere : `${prefix}${sibling}`;
  return unknownName(`key ${prefix}${key} (${origin})`, suggestion, names);
}
