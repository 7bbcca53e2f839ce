import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { missingNatives, nativeFamilies, type Packages } from './lockfile.js';
import { root } from './root.js';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const temporary = mkdtempSync(join(tmpdir(), 'trackside-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe('generated code and protos', () => {
  test('are one: gen/ is what buf generates from proto/, and the client carries a copy', () => {
    buf('generate', '-o', temporary);
    const generated = contents(join(temporary, 'gen'));
    expect(generated.size).toBeGreaterThan(5);
    for (const gen of ['gen', 'clients/typescript/gen']) {
      expect([...contents(join(root, gen)).keys()]).toEqual([...generated.keys()]);
      for (const [path, text] of generated)
        expect({ path, text }).toEqual({ path, text: read(`${gen}/${path}`) });
    }
  });

  test('our protos pass STANDARD and COMMENTS', () => {
    expect(buf('lint')).toBe('');
  });

  test('the lint has no exception for our protos', () => {
    const { lint, modules } = parse(read('buf.yaml'));
    expect(lint).toEqual({ use: ['STANDARD', 'COMMENTS'], disallow_comment_ignores: true });
    expect(modules).toContainEqual({ path: 'proto', excludes: ['proto/vendor'] });
  });
});

describe('the lock file', () => {
  const packages: Packages = JSON.parse(read('package-lock.json')).packages;
  const { workspaces }: { workspaces: readonly string[] } = JSON.parse(read('package.json'));

  test('holds the native packages of every platform', () => {
    expect([...nativeFamilies(packages).keys()]).toEqual(
      expect.arrayContaining(
        ['@biomejs/biome', '@bufbuild/buf', 'typescript', 'unrs-resolver'].map(inModules),
      ),
    );
    expect(missingNatives(packages)).toEqual([]);
  });

  test('is seen to lack a native package that is taken out', () => {
    const { [inModules('@biomejs/cli-darwin-arm64')]: _, ...rest } = packages;
    expect(missingNatives(rest)).toEqual([
      'node_modules/@biomejs/biome: @biomejs/cli-darwin-arm64',
      'node_modules/@biomejs/biome: nothing for darwin arm64',
    ]);
  });

  test('names no registry', () => {
    const ours = ['', ...workspaces];
    for (const [place, locked] of Object.entries(packages)) {
      if (ours.includes(place) || (locked.link && ours.includes(locked.resolved ?? ''))) continue;
      expect({ place, resolved: locked.resolved }).toEqual({ place, resolved: undefined });
      expect({ place, ...locked }).toHaveProperty('integrity');
    }
  });

  test('the SQLite driver carries its binaries for every platform', () => {
    const prebuilds = readdirSync(join(root, 'node_modules/@photostructure/sqlite/prebuilds'));
    expect(prebuilds).toEqual(
      expect.arrayContaining(['darwin', 'linux', 'win32'].flatMap((os) => [`${os}-arm64`, `${os}-x64`])),
    );
  });
});

describe('package.json', () => {
  const manifest = JSON.parse(read('package.json'));

  test('asks for the Node it is tested with, and for the licence of LICENSE', () => {
    expect(manifest.engines).toEqual({ node: '>=20.19' });
    expect(manifest.license).toBe('Apache-2.0');
    expect(read('LICENSE')).toMatch(/^\s+Apache License\s+Version 2\.0, January 2004/);
  });

  test('starts the server in the place of the shell, so that signals to npm reach it', () => {
    expect(manifest.scripts.start).toMatch(/^exec node /);
  });
});

function inModules(name: string): string {
  return `node_modules/${name}`;
}

/** Runs the buf of the lock file, which finds its plugins beside it. */
function buf(...args: string[]): string {
  const PATH = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const script = join(root, 'node_modules/@bufbuild/buf/bin/buf');
  const options = { cwd: root, env: { ...process.env, PATH }, encoding: 'utf8' } as const;
  return execFileSync(process.execPath, [script, ...args], options);
}

/** The files below a folder, by path. */
function contents(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.sort().map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}
