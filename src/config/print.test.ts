import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { redactUrl } from './format.js';
import { type Inputs, loadConfig } from './load.js';
import { printConfig } from './print.js';
import { jsonSchema } from './schema.js';
import { flagName, paths } from './settings.js';

const load = (inputs: Partial<Inputs>) =>
  loadConfig({ flags: {}, env: {}, schemes: ['memory', 'sqlite', 'redis'], ...inputs });

test('what is printed sets the same again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trackside-print-'));
  try {
    const config = join(folder, 'printed.yaml');
    const env = {
      TRACKSIDE_LISTEN: '[::1]:0,unix:/a "b".sock',
      TRACKSIDE_STORAGE: 'sqlite:./$HOME: # x.db',
      TRACKSIDE_LIMITS_APPEND_BYTES: '1025',
      TRACKSIDE_FEED_POLL_INTERVAL: '90ms',
    };
    const loaded = await load({ env });
    writeFileSync(config, printConfig(loaded.origins));
    expect((await load({ flags: { config } })).config).toEqual(loaded.config);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('each value is printed with its origin', async () => {
  const { origins } = await load({ env: { TRACKSIDE_LOG_LEVEL: 'warn' }, flags: { shutdownGrace: '90s' } });
  const printed = printConfig(origins).split('\n');
  expect(printed).toContain('  level: warn # TRACKSIDE_LOG_LEVEL');
  expect(printed).toContain('  grace: 90s # --shutdown-grace');
  expect(printed).toContain('  ring_bytes: 16MiB # default');
  expect(printed).toContain('  partitions: null # default');
});

test('passwords are never printed', async () => {
  const { origins } = await load({ env: { TRACKSIDE_STORAGE: 'redis://user:hunter2@host:6379/1' } });
  const printed = printConfig(origins);
  expect(printed).not.toContain('hunter2');
  expect(printed).toContain('"redis://user:***@host:6379/1"');
});

test.each([
  ['redis://user:pa/s?s@w@host/1', 'redis://user:***@host/1'],
  ['redis://:pass@host', 'redis://:***@host'],
  ['redis:user:pass@host', 'redis:user:***@host'],
  ['mongodb://u:pass@a:1,b:2/x?authSource=y', 'mongodb://u:***@a:1,b:2/x?authSource=y'],
  ['postgres://h/x?user=a&password=pass&sslmode=on', 'postgres://h/x?user=a&password=***&sslmode=on'],
  ['redis://host:6379/0', 'redis://host:6379/0'],
  ['sqlite:./data/trackside.db', 'sqlite:./data/trackside.db'],
])('%s is shown as %s', (url, shown) => {
  expect(redactUrl(url)).toBe(shown);
});

test('the JSON Schema names every setting with its description, and nothing else', () => {
  interface Schema {
    readonly additionalProperties?: boolean;
    readonly description?: string;
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly anyOf?: readonly Schema[];
  }
  const objectIn = (schema: Schema): Schema | undefined =>
    schema.properties ? schema : schema.anyOf?.map(objectIn).find((option) => option !== undefined);
  const found: string[] = [];
  const visit = (schema: Schema, path: string): void => {
    const object = objectIn(schema);
    if (!object) {
      expect({ path, description: schema.description }).toEqual({ path, description: expect.any(String) });
      found.push(path);
      return;
    }
    expect({ path, open: object.additionalProperties }).toEqual({ path, open: false });
    for (const [key, value] of Object.entries(object.properties!))
      visit(value, path ? `${path}.${key}` : key);
  };
  visit(jsonSchema() as Schema, '');
  expect(found).toEqual([...paths]);
});

test('flags and the printed file are named after the paths', async () => {
  const { origins } = await load({});
  const printed = parse(printConfig(origins)) as Record<string, Record<string, unknown>>;
  expect(printed.limits).toHaveProperty('page_size', 1000);
  expect(flagName('feed.ring_bytes')).toBe('feed-ring-bytes');
  expect(flagName('storage.default')).toBe('storage');
  expect(flagName('limits.page_size')).toBeUndefined();
});
