import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { serveOptions } from './flags.js';
import { ConfigError, type Inputs, loadConfig } from './load.js';
import { envName, flagName, type Limits, type Path, paths, settingOf } from './settings.js';

let folder: string;
let emptyFile: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trackside-config-'));
  emptyFile = join(folder, 'empty.yml');
  writeFileSync(emptyFile, '');
});
afterAll(() => rmSync(folder, { recursive: true }));

function load(inputs: Partial<Inputs> & { readonly file?: string }) {
  const { file, flags = {}, env = {} } = inputs;
  const path = join(folder, 'trackside.yaml');
  if (file !== undefined) writeFileSync(path, file);
  const all = file === undefined ? flags : { config: path, ...flags };
  return loadConfig({ flags: all, env, schemes: ['memory', 'sqlite'] });
}

/** A value that a setting takes. */
function sample(path: Path): string {
  const { kind } = settingOf(path);
  if ('choices' in kind) return kind.choices[0]!;
  if ('max' in kind) return kind.type === 'duration' ? `${kind.max}ms` : `${kind.max}`;
  return { addresses: '127.0.0.1:0', boolean: 'true', path: emptyFile, store: 'memory:' }[kind.type];
}

async function problems(inputs: Parameters<typeof load>[0]): Promise<readonly string[]> {
  const error = await load(inputs).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof ConfigError)) throw error ?? new Error('the configuration was taken');
  return error.problems.map((problem) => problem.replaceAll(join(folder, 'trackside.yaml'), 'FILE'));
}

describe('sources', () => {
  test('without any, the defaults hold', async () => {
    const { config } = await load({});
    expect(config.listen).toEqual([{ kind: 'tcp', host: '127.0.0.1', port: 7420 }]);
    expect(config.storage).toEqual({
      tracker: 'sqlite:./data/trackside.db',
      cache: 'memory:',
      record: 'sqlite:./data/trackside.db',
      lock: 'sqlite:./data/trackside.db',
      queue: 'sqlite:./data/trackside.db',
    });
    expect(config.shutdown).toEqual({ graceMs: 10_000 });
    expect((await load({ env: { TRACKSIDE_LOG_LEVEL: 'info' } })).config).toEqual(config);
  });

  test('flags come before the environment, the environment before the file, the file before defaults', async () => {
    const file = 'log: {level: debug, format: json}\nshutdown: {grace: 3s}\n';
    const env = { TRACKSIDE_LOG_LEVEL: 'warn', TRACKSIDE_LOG_FORMAT: 'text' };
    const { config, origins } = await load({ file, env, flags: { logLevel: 'error' } });
    expect(config.log).toEqual({ level: 'error', format: 'text' });
    expect(config.shutdown.graceMs).toBe(3000);
    expect(origins['log.level'].origin).toBe('--log-level');
    expect(origins['log.format'].origin).toBe('TRACKSIDE_LOG_FORMAT');
    expect(origins['shutdown.grace'].origin).toBe(join(folder, 'trackside.yaml'));
    expect(origins['feed.poll_interval'].origin).toBeUndefined();
  });

  test.each([
    [{ TICKET_LOCK_LIFETIME: '90' }, 90_000, 'TICKET_LOCK_LIFETIME'],
    [{ TICKET_LOCK_LIFETIME: '90', TRACKSIDE_LOCK_LIFETIME: '2s' }, 2_000, 'TRACKSIDE_LOCK_LIFETIME'],
    [{ TICKET_LOCK_LIFETIME: '0' }, 60_000, undefined],
    [{ TICKET_LOCK_LIFETIME: '' }, 60_000, undefined],
  ])("Rasa's variable sets the lock's lifetime, in seconds: %j", async (env, lifetimeMs, origin) => {
    const { config, origins } = await load({ env });
    expect(config.lock.lifetimeMs).toBe(lifetimeMs);
    expect(origins['lock.lifetime'].origin).toBe(origin);
  });

  test("what is wrong with Rasa's variable is told by its name", async () => {
    for (const wrong of ['long', '-1', '1.5', '86401']) {
      expect(await problems({ env: { TICKET_LOCK_LIFETIME: wrong } })).toEqual([
        expect.stringMatching(
          /^lock\.lifetime \(TICKET_LOCK_LIFETIME\): must be a duration from 10ms to 24h/,
        ),
      ]);
    }
  });

  test('the file may be named by TRACKSIDE_CONFIG; --config comes before it', async () => {
    const other = join(folder, 'other.yaml');
    writeFileSync(other, 'log: {level: fatal}');
    expect((await load({ env: { TRACKSIDE_CONFIG: other } })).config.log.level).toBe('fatal');
    const both = await load({ file: 'log: {level: trace}', env: { TRACKSIDE_CONFIG: other } });
    expect(both.config.log.level).toBe('trace');
  });

  test.each(paths)('%s has its environment variable, and its flag as commander reads it', async (path) => {
    const variable = envName(path);
    expect((await load({ env: { [variable]: sample(path) } })).origins[path].origin).toBe(variable);
    const flag = flagName(path);
    if (flag === undefined) return;
    const command = new Command();
    for (const { flags, description } of serveOptions) command.option(flags, description);
    const given = sample(path) === 'true' ? [`--${flag}`] : [`--${flag}`, sample(path)];
    const { origins } = await load({ flags: command.parse(given, { from: 'user' }).opts() });
    expect(origins[path].origin).toBe(`--${flag}`);
  });

  test('variables that Kubernetes injects for a service called trackside, and empty ones, are not settings', async () => {
    const env = {
      TRACKSIDE_PORT: 'tcp://10.0.0.1:7420',
      TRACKSIDE_PORT_7420_TCP_ADDR: '10.0.0.1',
      TRACKSIDE_SERVICE_HOST: '10.0.0.1',
      TRACKSIDE_SERVICE_PORT: '7420',
      TRACKSIDE_ADDRESS: '127.0.0.1:7420',
      TRACKSIDE_LISTEN: '',
    };
    expect((await load({ env })).config).toEqual((await load({})).config);
  });

  test('storage is one URL for all, or one per service', async () => {
    const tracker = async (inputs: Parameters<typeof load>[0]) => (await load(inputs)).config.storage.tracker;
    expect(await tracker({ file: 'storage: "memory:"' })).toBe('memory:');
    expect(await tracker({ file: 'storage: {default: "sqlite:a.db", tracker: "memory:"}' })).toBe('memory:');
    expect(await tracker({ env: { TRACKSIDE_STORAGE: 'sqlite:b.db' } })).toBe('sqlite:b.db');
    expect(await tracker({ flags: { storage: 'sqlite:b.db', storageTracker: 'memory:' } })).toBe('memory:');
  });
});

describe('problems', () => {
  test('all are reported at once, each with its key and where it was written', async () => {
    const file = 'log: debug\nstorge: x\nlimits: {page_size: 0, data_depth: $NO_SUCH}\nstorage: redis://h\n';
    const flags = { logFormat: 'xml', listen: '0.0.0.0:80,nonsense' };
    const env = { TRACKSIDE_SHUTDOWN_GRACE: '5' };
    expect(await problems({ file, flags, env })).toEqual([
      'log (FILE): must be a mapping of level, format',
      'unknown key storge (FILE): did you mean storage?',
      'limits.data_depth (FILE): refers to the environment variable NO_SUCH, which is not set',
      'limits.page_size (FILE): must be a whole number from 1 to 1000',
      'shutdown.grace (TRACKSIDE_SHUTDOWN_GRACE): must be a duration from 0s to 10m, with its unit, such as 10s or 500ms',
      'log.format (--log-format): must be one of auto, json, text',
      'listen (--listen): "nonsense" is not an address: write it as 127.0.0.1:7420, [::1]:7420 or unix:PATH',
      'storage.default (FILE): no engine for redis: known are memory, sqlite',
      expect.stringMatching(/^listen \(--listen\): 0\.0\.0\.0:80 can be reached from other machines/),
    ]);
  });

  test.each([
    ['lisen: x', 'unknown key lisen (FILE): did you mean listen?'],
    ['limits: {pagesize: 3}', 'unknown key limits.pagesize (FILE): did you mean limits.page_size?'],
    ['level: debug', 'unknown key level (FILE): did you mean log.level?'],
    ['log: {colour: red}', 'unknown key log.colour (FILE): known are level, format'],
    [
      'storage: {broker: "memory:"}',
      'unknown key storage.broker (FILE): known are default, tracker, cache, record, lock, queue',
    ],
    ['"log.level": debug', /^unknown key log\.level \(FILE\): known are listen, /],
    ['nonsense:', /^unknown key nonsense \(FILE\): known are listen, /],
  ])('an unknown key gets the nearest known name: %s', async (file, expected) => {
    const [problem, ...more] = await problems({ file });
    expect(problem).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
    expect(more).toEqual([]);
  });

  test('an unknown flag gets the nearest known name', async () => {
    expect(await problems({ flags: { lisen: 'x' } })).toEqual([
      'unknown flag --lisen: did you mean --listen?',
    ]);
  });

  test('a file that is no YAML, no mapping or not there is a problem with its line', async () => {
    expect(await problems({ file: 'a: 1\nb: [1\n' })).toEqual([expect.stringMatching(/^FILE:\d:\d+: /)]);
    expect(await problems({ file: 'log: {level: info}\nlog: {level: warn}\n' })).toEqual([
      'FILE:2:1: Map keys must be unique',
    ]);
    expect(await problems({ file: '- listen' })).toEqual([
      'FILE: must be a mapping of listen, insecure, endpoints, storage, cache, lock, queue, tracker, log, shutdown, feed, limits',
    ]);
    expect(await problems({ flags: { config: '/nowhere.yaml' } })).toEqual([
      "/nowhere.yaml: can't be read: ENOENT",
    ]);
  });

  test('an empty file and empty values set nothing', async () => {
    expect((await load({ file: '# nothing\n' })).config).toEqual((await load({})).config);
    expect((await load({ file: 'log:\n  level:\nlimits:\n' })).config).toEqual((await load({})).config);
  });

  test('no problem shows a secret', async () => {
    const env = { PASSWORD: 'hunter2' };
    const file = [
      'storage: {default: "redis://user:hunter2@host", tracker: "hunter2"}',
      'log: {level: $PASSWORD}',
      `limits: {page_size: "\${PASSWORD}", calls: ["$PASSWORD"]}`,
      'insecure: {hunter: hunter2}',
    ].join('\n');
    const found = await problems({ file, env });
    expect(found).toHaveLength(6);
    expect(found.join()).not.toContain('hunter2');
    expect((await problems({ file: 'storage: *hunter2\n' })).join()).not.toContain('hunter2');
    expect((await problems({ file: 'storage: "a\n}hunter2' })).join()).not.toContain('hunter2');
  });
});

describe('references', () => {
  const domain = async (text: string, env: Inputs['env'] = {}) =>
    (await load({ file: `tracker: {domain: '${text}'}`, env })).config.tracker.domain;

  test('are replaced in the file, wherever they stand', async () => {
    expect(await domain('$DIR/domain.yml', { DIR: '/a' })).toBe('/a/domain.yml');
    expect(await domain(`\${DIR}/\${NAME}.yml`, { DIR: '/a', NAME: 'b' })).toBe('/a/b.yml');
    expect(await domain(`\${DIR:-/d}/x`, {})).toBe('/d/x');
    expect(await domain(`\${DIR:-/d}/x`, { DIR: '' })).toBe('/d/x');
    expect(await domain('$$DIR and $$$$ and 5$', { DIR: 'no' })).toBe('$DIR and $$ and 5$');
    const listed = await load({
      file: 'listen: ["127.0.0.1:$P"]\nlimits: {calls: $N}',
      env: { P: '1', N: '7' },
    });
    expect(listed.config.listen).toEqual([{ kind: 'tcp', host: '127.0.0.1', port: 1 }]);
    expect(listed.config.limits.calls).toBe(7);
  });

  test('what a variable holds is not looked at again', async () => {
    expect(await domain('$A', { A: '$B', B: 'no' })).toBe('$B');
  });

  test('are not replaced in the environment and in flags', async () => {
    expect((await load({ flags: { trackerDomain: '$A' }, env: { A: 'no' } })).config.tracker.domain).toBe(
      '$A',
    );
  });

  test('one that is not written right is a problem', async () => {
    expect(await problems({ file: `tracker: {domain: "\${A-b}"}` })).toEqual([
      expect.stringMatching(/^tracker\.domain \(FILE\): has a reference that is not written as \$\{VAR\}/),
    ]);
  });
});

describe('addresses', () => {
  test.each([
    '127.0.0.1:1',
    '127.9.9.9:1',
    'localhost:0',
    '[::1]:65535',
    'unix:a.sock',
    'unix:///run/a.sock',
  ])('%s is served as it is', async (listen) => {
    expect((await load({ flags: { listen } })).config.listen).toHaveLength(1);
  });

  test.each(['0.0.0.0:1', '[::]:1', '10.0.0.1:1', 'trackside:1', '127.1:1'])(
    '%s is refused unless insecure',
    async (listen) => {
      const [problem] = await problems({ flags: { listen } });
      expect(problem).toContain(`${listen} can be reached from other machines`);
      expect(problem).toContain('insecure: true');
      expect((await load({ flags: { listen, insecure: true } })).config.insecure).toBe(true);
    },
  );

  test.each([
    '',
    '7420',
    ':7420',
    '127.0.0.1',
    '127.0.0.1:65536',
    '::1:7420',
    '[127.0.0.1]:1',
    'http://a:1',
    'unix:',
  ])('%j is not an address', async (listen) => {
    const [problem] = await problems({ file: `listen: ["${listen}"]` });
    expect(problem).toContain(`"${listen}" is not an address: write it as`);
  });

  test('a socket path is as long as the operating system takes', async () => {
    const longest = process.platform === 'darwin' ? 103 : 107;
    const path = 'a'.repeat(longest);
    expect((await load({ flags: { listen: `unix:${path}` } })).config.listen).toEqual([
      { kind: 'unix', path },
    ]);
    expect(await problems({ flags: { listen: `unix:${path}a` } })).toEqual([
      expect.stringContaining(`too long for a socket: ${longest} bytes at most`),
    ]);
  });

  test('several are a list in the file, and separated by commas elsewhere', async () => {
    const expected = [
      { kind: 'tcp', host: '::1', port: 1 },
      { kind: 'unix', path: '/a' },
    ];
    expect((await load({ file: 'listen: ["[::1]:1", "unix:///a"]' })).config.listen).toEqual(expected);
    expect((await load({ env: { TRACKSIDE_LISTEN: '[::1]:1, unix:/a' } })).config.listen).toEqual(expected);
    expect(await problems({ file: 'listen: []' })).toEqual(['listen (FILE): must be one or more addresses']);
  });
});

describe('bounds', () => {
  const bounded = paths.flatMap((path) => {
    const { kind } = settingOf(path);
    return 'min' in kind ? [{ path, ...kind, unit: kind.type === 'duration' ? 'ms' : '' }] : [];
  });

  test.each(bounded)('$path is taken from $min to $max', async ({ path, min, max, unit }) => {
    const value = async (number: number) =>
      (await load({ env: { [envName(path)]: `${number}${unit}` } })).origins[path].value;
    expect(await value(min)).toBe(min);
    expect(await value(max)).toBe(max);
    for (const outside of [min - 1, max + 1, min + 0.5]) {
      await expect(value(outside)).rejects.toThrow(`${path} (${envName(path)}): must be a`);
    }
  });

  test('numbers are taken as numbers and as texts, with units where there are any', async () => {
    const limits = async (file: string): Promise<Limits> => (await load({ file })).config.limits;
    expect((await limits('limits: {append_bytes: 2048}')).appendBytes).toBe(2048);
    expect((await limits('limits: {append_bytes: "2048"}')).appendBytes).toBe(2048);
    expect((await limits('limits: {append_bytes: 512KiB}')).appendBytes).toBe(524_288);
    expect((await limits('limits: {pending_append_bytes: 4GiB}')).pendingAppendBytes).toBe(4 * 1024 ** 3);
    for (const wrong of ['512kb', '1.5KiB', '-1', 'true', '[2048]', '.inf', '2048.5']) {
      await expect(limits(`limits: {append_bytes: ${wrong}}`)).rejects.toThrow('limits.append_bytes');
    }
  });

  test('durations always have their unit', async () => {
    const grace = async (text: string) =>
      (await load({ file: `shutdown: {grace: ${text}}` })).config.shutdown;
    expect(await grace('1500ms')).toEqual({ graceMs: 1500 });
    expect(await grace('2m')).toEqual({ graceMs: 120_000 });
    for (const wrong of ['10', '"10"', '1.5s', '10sec', '-1s']) {
      await expect(grace(wrong)).rejects.toThrow('shutdown.grace');
    }
  });
});
