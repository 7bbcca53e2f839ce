import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { WireConnection } from '../load/wire.js';
import { getTrackerRequest, path } from '../messages.js';
import { dataFolder, root } from '../paths.js';
import { rssMegabytes } from '../process-usage.js';
import { type Figure, figure } from '../report.js';

const rounds = 9;
const idleMs = 30_000;
/** Where it listens when nothing is configured. */
const address = { host: '127.0.0.1', port: 7420 };

/** From starting `node dist/main.js` in an empty folder to its first answer, and its memory 30 s later. */
export async function coldStart(): Promise<Figure[]> {
  if (await isTaken()) throw new Error(`${address.host}:${address.port} is taken: stop what listens there`);
  const times: number[] = [];
  const emptyTimes: number[] = [];
  let memory = 0;
  for (let round = 0; round <= rounds; round++) {
    emptyTimes.push(await timeEmptyProcess());
    const server = await startCold();
    times.push(server.ms);
    if (round === rounds) memory = await sleep(idleMs).then(() => rssMegabytes(server.pid));
    await server.stop();
  }
  return [
    figure('cold-start.first-answer', 'ms', times.slice(1), { atMost: 400 }),
    figure('cold-start.empty-node-process', 'ms', emptyTimes.slice(1)),
    figure('cold-start.idle-rss', 'MB', [memory], { atMost: 90 }),
  ];
}

async function startCold() {
  const folder = await dataFolder();
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith('TRACKSIDE_'));
  const start = performance.now();
  const child = spawn(process.execPath, [`${root}dist/main.js`], {
    cwd: folder,
    env: Object.fromEntries(env),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const connection = await connectSoon(child);
  await connection.unary(getTrackerRequest('customer', true));
  const ms = performance.now() - start;
  connection.close();
  return {
    pid: child.pid!,
    ms,
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function connectSoon(child: ChildProcess): Promise<WireConnection> {
  while (child.exitCode === null) {
    const connection = await open().catch(() => undefined);
    if (connection) return connection;
    await sleep(2);
  }
  throw new Error('the server ended before it served');
}

function open(): Promise<WireConnection> {
  return WireConnection.open(`${address.host}:${address.port}`, path('GetTracker'));
}

async function isTaken(): Promise<boolean> {
  return open().then(
    (connection) => {
      connection.close();
      return true;
    },
    () => false,
  );
}

/** What Node itself takes of it. */
async function timeEmptyProcess(): Promise<number> {
  const start = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return performance.now() - start;
}
