import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { append, countEvents, failureOf, some } from './calls.js';
import {
  cleanUp,
  connectTo,
  NotServing,
  type Sidecar,
  type SidecarOptions,
  startSidecar,
  temporaryFolder,
} from './sidecar.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder, 's.sock');
});
afterEach(cleanUp);

/** How a process ends that must not serve. */
async function refusal(options: SidecarOptions): Promise<NotServing> {
  const failure = await startSidecar(options).then(
    (sidecar: Sidecar) => new Error(`it serves ${sidecar.address}`),
    (error: Error) => error,
  );
  if (!(failure instanceof NotServing)) throw failure;
  expect(failure.exit).toEqual({ code: 1, signal: null });
  expect(failure.output).not.toMatch(/^\s+at /m);
  return failure;
}

describe('a Unix socket', () => {
  test.each(['unix:', 'unix://'])('is served as %sPATH, and removed at the end', async (scheme) => {
    const sidecar = await startSidecar({ listen: `${scheme}${path}` });
    await append(sidecar.tracker, 'a', some(1));
    expect(statSync(path).isSocket()).toBe(true);
    expect(await sidecar.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(existsSync(path)).toBe(false);
  });

  test('is served beside TCP, with the same data', async () => {
    const { addresses } = await startSidecar({ listen: `127.0.0.1:0, unix:${path}` });
    expect(addresses).toEqual([expect.stringMatching(/^127\.0\.0\.1:[1-9]\d*$/), `unix:${path}`]);
    await append(connectTo(addresses[0]!).tracker, 'a', some(1));
    expect(await countEvents(connectTo(addresses[1]!).tracker, 'a')).toBe(1);
  });

  test('that a killed process left behind is taken over', async () => {
    const before = await startSidecar({ listen: `unix:${path}` });
    await before.end('SIGKILL');
    expect(statSync(path).isSocket()).toBe(true);
    const after = await startSidecar({ listen: `unix:${path}` });
    await append(after.tracker, 'a', some(1));
  });

  test('that another process serves is refused, and goes on being served', async () => {
    const first = await startSidecar({ listen: `unix:${path}` });
    expect((await refusal({ listen: `unix:${path}` })).output).toContain(`${path} is in use`);
    await append(first.tracker, 'a', some(1));
  });

  test('that another program listens on, and is too busy to answer, is refused', async () => {
    const script = `require('net').createServer().listen({ path: '${path}', backlog: 1 }, () => console.log('on'))`;
    const program = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(program.stdout, 'data');
    program.kill('SIGSTOP');
    const waiting = [createConnection(path), createConnection(path), createConnection(path)];
    for (const socket of waiting) socket.on('error', () => {});
    try {
      expect((await refusal({ listen: `unix:${path}` })).output).toContain(`${path} is in use`);
      expect(existsSync(path)).toBe(true);
    } finally {
      program.kill('SIGKILL');
      for (const socket of waiting) socket.destroy();
    }
  });

  test.each([
    ['a file', () => writeFile(path, 'precious')],
    ['a folder', () => mkdir(path)],
  ])('with %s in its way is refused, and that stays as it is', async (_, make) => {
    await make();
    expect((await refusal({ listen: `unix:${path}` })).output).toContain(
      `${path} exists and is not a socket`,
    );
    if (statSync(path).isFile()) expect(await readFile(path, 'utf8')).toBe('precious');
  });

  test('in a folder that is not there is refused with its path', async () => {
    const missing = join(folder, 'missing', 's.sock');
    expect((await refusal({ listen: `unix:${missing}` })).output).toContain(missing);
  });
});

test('a port that is taken is refused with its address', async () => {
  const first = await startSidecar();
  expect((await refusal({ listen: first.address })).output).toContain(first.address);
  await append(first.tracker, 'a', some(1));
});

describe('a SQLite file that a process serves', () => {
  test('is refused to a second one, which names the first', async () => {
    const storage = `sqlite:${join(folder, 'trackside.db')}`;
    const first = await startSidecar({ storage });
    const { output } = await refusal({ storage });
    expect(output).toContain(`process ${first.pid}`);
    expect(output).toContain(join(folder, 'trackside.db'));
    await append(first.tracker, 'a', some(1));

    await first.end('SIGKILL');
    const second = await startSidecar({ storage });
    expect(await countEvents(second.tracker, 'a')).toBe(1);
    expect((await failureOf(first.tracker.listConversations({}))).code).toBe('UNAVAILABLE');
  });

  test('is refused also by another name', async () => {
    const first = await startSidecar({ storage: `sqlite:${join(folder, 'trackside.db')}` });
    await symlink(join(folder, 'trackside.db'), join(folder, 'link.db'));
    const { output } = await refusal({ storage: `sqlite:${join(folder, 'link.db')}` });
    expect(output).toContain(`process ${first.pid}`);
  });
});
