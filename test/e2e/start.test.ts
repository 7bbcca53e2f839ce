import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from '@jest/globals';
import { root } from '../root.js';

/** `npm start`, as far as the test has seen it. */
interface Started {
  readonly npm: ChildProcess;
  readonly port: number;
  /** The log's messages so far. */
  readonly messages: string[];
}

const folders: string[] = [];
const processes: ChildProcess[] = [];
afterEach(async () => {
  // The whole group: a server that npm's signal did not reach must not outlive the test.
  for (const { pid } of processes.splice(0)) {
    try {
      process.kill(-pid!, 'SIGKILL');
    } catch {}
  }
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

test.each(['SIGTERM', 'SIGINT'] as const)('a %s to npm start stops the server', async (signal) => {
  const storage = `sqlite:${join(await temporaryFolder(), 'data/trackside.db')}`;
  const { npm, port, messages } = await npmStart('127.0.0.1:0', storage);
  expect(await accepts(port)).toBe(true);

  const ended = once(npm, 'close');
  npm.kill(signal);
  expect(await ended).toEqual([0, null]);
  expect(messages).toEqual([expect.stringMatching(/^serving on 127\.0\.0\.1:/), 'stopping', 'stopped']);
  expect(await accepts(port)).toBe(false);

  const again = await npmStart(`127.0.0.1:${port}`, storage);
  expect(again.port).toBe(port);
});

/** Runs `npm start` until the server tells where it listens. */
async function npmStart(listen: string, storage: string): Promise<Started> {
  const env = { ...process.env, TRACKSIDE_LISTEN: listen, TRACKSIDE_STORAGE: storage };
  const npm = spawn('npm', ['start'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  processes.push(npm);
  const messages: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    const lines = createInterface(npm.stdout!);
    lines.on('line', (line) => {
      if (!line.startsWith('{')) return;
      const { msg, addresses } = JSON.parse(line) as { msg: string; addresses?: string[] };
      messages.push(msg);
      if (addresses) resolve(Number(addresses[0]!.split(':').at(-1)));
    });
    lines.on('close', () => reject(new Error('npm start ended before it served')));
  });
  return { npm, port, messages };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trackside-'));
  folders.push(folder);
  return folder;
}
