import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { kinds } from '#src/cli/import/oddities.js';
import { loadConfig } from '#src/config/load.js';
import { schemes } from '#src/storage/registry.js';
import * as keyedValidators from './conformance/keyed/validators.js';
import * as lockValidators from './conformance/lock/validators.js';
import * as queueValidators from './conformance/queue/validators.js';
import * as validators from './conformance/validators.js';
import { generatedDocs } from './docs/generate.js';
import { root } from './root.js';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

test.each([...generatedDocs()])('%s is what `npm run docs` makes', (path, text) => {
  expect(read(path)).toBe(text);
});

test('the README names a validator for each promise, and a promise for each validator', () => {
  const [, promises = ''] = read('README.md').split('## Promises');
  const rows = promises
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => /^\| [A-Z]/.test(line));
  const named = rows.map((row) =>
    [
      ...row
        .split('|')
        .at(-2)!
        .matchAll(/`(\w+)`/g),
    ].map((match) => match[1]!),
  );
  expect(named).not.toContainEqual([]);
  const all = [validators, keyedValidators, lockValidators, queueValidators];
  expect(named.flat().sort()).toEqual(all.flatMap((some) => Object.keys(some)).sort());
});

test("the README's file of settings is taken", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trackside-docs-'));
  try {
    const config = join(folder, 'trackside.yaml');
    writeFileSync(config, read('README.md').split('```yaml\n')[1]!.split('```')[0]!);
    const loaded = await loadConfig({ flags: { config }, env: {}, schemes });
    expect(loaded.config.storage.tracker).toBe('sqlite:./data/trackside.db');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the endpoints file of docs/rasa.md is taken', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trackside-docs-'));
  try {
    const endpoints = join(folder, 'endpoints.yml');
    writeFileSync(endpoints, read('docs/rasa.md').split('```yaml\n')[1]!.split('```')[0]!);
    const env = { REDIS_PASSWORD: 'secret' };
    const { config, notices } = await loadConfig({ flags: { endpoints }, env, schemes });
    expect(config.storage.tracker).toBe('redis://:secret@redis.internal:6379/0?namespace=shop');
    expect(config.storage.queue).toBe('redis://:secret@redis.internal:6379/1');
    expect(notices.map(({ level }) => level)).toEqual(['info']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('docs/rasa.md names each oddity of an import', () => {
  const rows = [
    ...read('docs/rasa.md')
      .split('## Moving')[1]!
      .matchAll(/^\| `(\w+)` \|.*\| (.*) \|$/gm),
  ];
  const named = rows.map(([, kind, fate]) => [kind, fate === '**left out**']);
  expect(named).toEqual(Object.entries(kinds).map(([kind, row]) => [kind, 'isLost' in row]));
});

describe('links', () => {
  const pages = ['README.md', ...markdownIn('docs'), ...markdownIn('docs/decisions')];

  test.each(pages)('of %s lead somewhere', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map((match) => match[1]!);
    expect(links.filter((link) => !leadsSomewhere(page, link))).toEqual([]);
  });
});

function markdownIn(folder: string): string[] {
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.md'));
  return names.map((name) => `${folder}/${name}`);
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path, anchor] = link.split('#') as [string, string | undefined];
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || anchorsOf(read(target)).has(anchor);
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map((match) => match[1]!);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}
