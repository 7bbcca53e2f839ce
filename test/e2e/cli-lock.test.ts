import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { endCommands, objects, type Running, runCommand, startCommand, until } from './cli.js';
import { type ServerProcess, startServer } from './server.js';
import { cleanUp, type Sidecar, startSidecar } from './sidecar.js';

let sidecar: Sidecar;
beforeAll(async () => {
  sidecar = await startSidecar({ env: { TRACKSIDE_LOCK_LEASE: '1s' } });
});
afterEach(endCommands);
afterAll(cleanUp);

/** Prints its fence, and runs until it gets a line. */
const shell = ['--', 'sh', '-c', 'echo "held $TRACKSIDE_FENCE"; read line; echo "got $line"; exit 7'];
/** Prints its pid, and what it does at a SIGTERM. */
const script = (onTerm: string) => [
  '--',
  process.execPath,
  '-e',
  `process.on('SIGTERM', () => { ${onTerm} }); console.log('held ' + process.pid); setInterval(() => {}, 1000)`,
];

const lock = (...args: readonly string[]) => runCommand(sidecar.address, 'lock', ...args);
const done = (stdout: unknown = '') => ({ code: 0, stdout, stderr: '' });
const failed = (message: string, code = 1) => ({ code, stdout: '', stderr: `trackside: ${message}\n` });

/** Starts a run; resolves when its command runs. */
async function held(address: string, ...args: readonly string[]): Promise<Running> {
  const run = startCommand(address, 'lock', 'run', ...args);
  await until(() => run.printed.stdout.startsWith('held '));
  return run;
}

/** Starts a run that has to wait; resolves when it does. */
async function queued(address: string, ...args: readonly string[]): Promise<Running> {
  const run = startCommand(address, 'lock', 'run', ...args);
  await until(() => run.printed.stderr.includes('waiting for lock'));
  return run;
}

/** The number that a run's command printed behind `held`. */
function numberOf({ printed }: Running): number {
  return Number(/^held (\d+)$/m.exec(printed.stdout)![1]);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('trackside lock run', () => {
  test('gives the command lock, fence, input and output, and ends as it does', async () => {
    const run = await held(sidecar.address, 'ends', '--owner', 'me', ...shell);
    const [seen] = objects<{ lock: { holder: { fence: number; owner: string } } }>(
      (await lock('show', 'ends', '--json')).stdout,
    );
    expect(seen!.lock.holder).toMatchObject({ fence: numberOf(run), owner: 'me' });
    run.process.stdin.end('text\n');
    expect(await run.ended).toMatchObject({
      code: 7,
      stdout: expect.stringMatching(/\ngot text\n$/),
      stderr: '',
    });
    expect(await lock('run', 'ends', '--', 'sh', '-c', 'echo $TRACKSIDE_LOCK_ID')).toEqual(done('ends\n'));
    expect(await lock('run', 'ends', 'sh', '--', '-c', 'kill -KILL $$')).toMatchObject({ code: 137 });
    expect(await lock('run', 'ends', 'no-such-command')).toEqual(
      failed("can't run no-such-command: there is no such command", 127),
    );
    expect(await lock('run', 'ends', '/')).toMatchObject({ code: 126 });
    expect(await lock('show', 'ends')).toEqual(failed('nobody holds lock "ends"'));
  });

  test('lets one at a time run, in the order in which they asked', async () => {
    const first = await held(sidecar.address, 'order', ...shell);
    const second = await queued(sidecar.address, 'order', ...shell);
    const third = await queued(sidecar.address, 'order', ...shell);
    expect(third.printed.stderr).toBe('trackside: waiting for lock "order", behind 2\n');
    first.process.stdin.end('\n');
    await until(() => second.printed.stdout.startsWith('held '));
    expect(numberOf(second)).toBeGreaterThan(numberOf(first));
    expect(third.printed.stdout).toBe('');
    second.process.stdin.end('\n');
    await until(() => third.printed.stdout.startsWith('held '));
  });

  test('keeps the lock for longer than a lease', async () => {
    const run = await held(sidecar.address, 'long', ...shell);
    const { code, stdout } = await lock('run', 'long', '--wait', '3s', '--', 'echo', 'no');
    expect({ code, stdout }).toEqual({ code: 124, stdout: '' });
    run.process.stdin.end('\n');
    expect(await run.ended).toMatchObject({ code: 7, stderr: '' });
  });

  test('does not run the command without a grant', async () => {
    await held(sidecar.address, 'taken', '--owner', 'me', ...shell);
    expect(await lock('run', 'taken', '--reject', '--', 'echo', 'no')).toEqual(
      failed('lock "taken" is held by "me", and 0 wait for it; the command was not run', 124),
    );
    expect(await lock('run', 'taken', '--wait', '0s', '--', 'echo', 'no')).toEqual(
      failed('lock "taken" was not granted in time; the command was not run', 124),
    );
  });

  test('ends the command when the lock is lost', async () => {
    const kind = await held(sidecar.address, 'lost', ...script(`console.log('term'); process.exit(3)`));
    expect((await lock('delete', 'lost')).code).toBe(0);
    expect(await kind.ended).toMatchObject({
      code: 123,
      stdout: expect.stringMatching(/\nterm\n$/),
      stderr: 'trackside: lock "lost" is lost (it was deleted); the command is ended\n',
    });
  });

  test('kills a command that goes on without its lock', async () => {
    const stubborn = await held(
      sidecar.address,
      'stubborn',
      '--lifetime',
      '3s',
      ...script(`console.log('no')`),
    );
    const { code, stdout, stderr } = await stubborn.ended;
    expect(code).toBe(123);
    expect(stdout).toMatch(/\nno\n$/);
    expect(stderr).toBe('trackside: lock "stubborn" is lost (its time was over); the command is ended\n');
    expect(isAlive(numberOf(stubborn))).toBe(false);
  });

  test('hands signals to the command, and frees the lock', async () => {
    const run = await held(sidecar.address, 'signals', ...script(`console.log('term'); process.exit(3)`));
    const next = await queued(sidecar.address, 'signals', ...shell);
    run.process.kill('SIGTERM');
    expect(await run.ended).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/\nterm\n$/),
      stderr: '',
    });
    await until(() => next.printed.stdout.startsWith('held '));
  });

  test('does not end before the lock is free', async () => {
    const run = await held(sidecar.address, 'freed', ...shell);
    process.kill(sidecar.pid, 'SIGSTOP');
    try {
      run.process.stdin.end('\n');
      await until(() => run.printed.stdout.includes('got'));
      await sleep(500);
      expect(run.process.exitCode).toBe(null);
    } finally {
      process.kill(sidecar.pid, 'SIGCONT');
    }
    expect(await run.ended).toMatchObject({ code: 7 });
    expect((await sidecar.connection.lock.getLock({ lockId: 'freed' })).lock).toBeUndefined();
  });

  test('leaves the line at a signal', async () => {
    await held(sidecar.address, 'line', ...shell);
    const waiting = await queued(sidecar.address, 'line', ...shell);
    waiting.process.kill('SIGINT');
    expect(await waiting.ended).toMatchObject({ code: 130, stdout: '' });
    expect(objects((await lock('list', '--prefix', 'line', '--json')).stdout)).toMatchObject([
      { waiting: 0 },
    ]);
  });

  test('tells the holder that somebody asks for the lock', async () => {
    const run = await held(sidecar.address, 'asked', ...shell);
    await queued(sidecar.address, 'asked', '--interrupt', ...shell);
    await until(() => run.printed.stderr === 'trackside: somebody asks for lock "asked"\n');
    expect((await lock('show', 'asked')).stdout).toContain('asked    to let go\n');
  });

  test('prints help, with its exit codes', async () => {
    const { code, stdout } = await lock('run', '--help');
    expect(code).toBe(0);
    const options = ['--wait', '--lifetime', '--reject', '--interrupt', '--owner', '--address'];
    const codes = ['123', '124', '125', '126', '127', '128 + n'];
    for (const text of [...options, ...codes, 'TRACKSIDE_FENCE', '$ trackside lock run']) {
      expect(stdout).toContain(text);
    }
  });

  test('tells its failures from those of the command', async () => {
    const nowhere = (...args: readonly string[]) => runCommand('127.0.0.1:9', 'lock', 'run', ...args);
    expect(await nowhere('a', '--', 'true')).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('no Trackside at 127.0.0.1:9'),
    });
    expect(await nowhere('a', '--address', 'x', '--', 'true')).toMatchObject({ code: 2 });
    expect(await nowhere('a')).toMatchObject({ code: 2, stderr: expect.stringContaining("'COMMAND'") });
    expect(await nowhere('a', '--reject', '--wait', '1s', '--', 'true')).toMatchObject({ code: 2 });
    expect(await lock('run', 'a', '--lifetime', '1ms', '--', 'true')).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('lifetime: is 1 ms'),
    });
  });
});

describe('trackside lock run, when the server dies', () => {
  test('goes on with the same holding and the same place in line', async () => {
    const server = await startServer();
    const run = await held(server.address, 'cut', ...shell);
    const next = await queued(server.address, 'cut', ...shell);
    const last = await queued(server.address, 'cut', ...shell);
    await server.kill();
    await server.start();
    const isBack = async () => {
      const { stdout } = await runCommand(server.address, 'lock', 'list', '--json');
      return objects<{ holder: { fence: number }; waiting: number }>(stdout)[0];
    };
    expect(await isBack()).toMatchObject({ holder: { fence: numberOf(run) }, waiting: 2 });
    run.process.stdin.end('\n');
    expect(await run.ended).toMatchObject({ code: 7, stderr: '' });
    await until(() => next.printed.stdout.startsWith('held '));
    expect(last.printed.stdout).toBe('');
  });

  test('loses a lock that the new server does not know', async () => {
    const server = await startServer('memory');
    const run = await held(server.address, 'forgotten', ...script('process.exit(3)'));
    await server.kill();
    await server.start();
    expect(await run.ended).toMatchObject({
      code: 123,
      stderr: 'trackside: lock "forgotten" is lost (the server has no memory of it); the command is ended\n',
    });
    await isFree(server, 'forgotten');
  });

  test('gives the lock up where no server is back in time', async () => {
    const server = await startServer('memory');
    const run = await held(server.address, 'alone', ...script('process.exit(3)'));
    await server.kill();
    const start = performance.now();
    expect(await run.ended).toMatchObject({ code: 123, stderr: expect.stringContaining('is lost (cut off') });
    expect(performance.now() - start).toBeGreaterThan(5000);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('trackside lock', () => {
  test('lists and shows locks, with who waits', async () => {
    const time = '\\d{4}-\\d\\d-\\d\\dT\\S+Z';
    const run = await held(sidecar.address, 'shown', '--owner', 'me', ...shell);
    await queued(sidecar.address, 'shown', '--owner', 'you', ...shell);
    const fence = numberOf(run);
    expect(await lock('list', '--prefix', 'sho')).toEqual(
      done(
        expect.stringMatching(
          new RegExp(`^LOCK   OWNER  FENCE {13}SINCE {21}WAITING\nshown  me     ${fence}  ${time}  1\n$`),
        ),
      ),
    );
    expect(await lock('list', '--prefix', 'else')).toEqual(done());
    expect(await lock('show', 'shown')).toEqual(
      done(
        expect.stringMatching(
          new RegExp(
            `^owner    me\nfence    ${fence}\nkept by  an open stream\nsince    ${time}\nuntil    ${time}, if it is not renewed\nwaiting  1\nWAITS SINCE {15}OWNER\n${time}  you\n$`,
          ),
        ),
      ),
    );
    expect(objects((await lock('show', 'shown', '--json')).stdout)).toMatchObject([
      {
        lock: {
          lock_id: 'shown',
          holder: { owner: 'me', fence, kind: 'stream', interrupted: false },
          waiting: 1,
        },
        waiters: [{ owner: 'you', request_time: expect.stringMatching(time) }],
      },
    ]);
  });

  test('deletes a holding, and says whose', async () => {
    const run = await held(sidecar.address, 'deleted', '--owner', 'me', ...shell);
    expect(await lock('delete', 'deleted')).toEqual(
      done(`ended the holding of me, fence ${numberOf(run)}\n`),
    );
    expect(await lock('delete', 'deleted')).toEqual(done('ended no holding\n'));
    const next = await held(sidecar.address, 'deleted', '--owner', 'you', ...shell);
    expect(await lock('delete', 'deleted', '--json')).toEqual(
      done(`{"lock_id":"deleted","fence":${numberOf(next)},"owner":"you","deleted":true}\n`),
    );
    expect(await lock('delete', 'deleted', '--json')).toEqual(
      done('{"lock_id":"deleted","deleted":false}\n'),
    );
  });
});

async function isFree({ address }: ServerProcess, name: string): Promise<void> {
  expect(await runCommand(address, 'lock', 'show', name)).toEqual(failed(`nobody holds lock "${name}"`));
}
