import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { WireConnection } from '../load/wire.js';
import { getTrackerRequest, path } from '../messages.js';
import { dataFolder, root } from '../paths.js';
import { rssMegabytes } from '../process-usage.js';
import { type Figure, figure } from '../report.js';

const rounds = 9;
/** So many of the started servers are left idle. */
const idle = 3;

/** From starting `node dist/main.js` on a new SQLite file to its first answer, and its memory 30 s later. */
export async function coldStart(): Promise<Figure[]> {
  const times: number[] = [];
  const emptyTimes: number[] = [];
  const started: Started[] = [];
  try {
    for (let round = 0; round <= rounds; round++) {
      const server = await startCold();
      started.push(server);
      if (round > 0) times.push(server.ms);
      if (round > 0) emptyTimes.push(await timeEmptyProcess());
      if (started.length > idle) await started.shift()!.stop();
    }
    await sleep(30_000);
    const memory = started.map(({ pid }) => rssMegabytes(pid));
    return [
      figure('cold-start.first-answer', 'ms', times, { atMost: 400 }),
      figure('cold-start.empty-node-process', 'ms', emptyTimes),
      figure('cold-start.idle-rss', 'MB', memory, { atMost: 90 }),
    ];
  } finally {
    await Promise.all(started.map((server) => server.stop()));
  }
}

interface Started {
  readonly pid: number;
  readonly ms: number;
  stop(): Promise<void>;
}

async function startCold(): Promise<Started> {
  const folder = await dataFolder();
  const address = `127.0.0.1:${await freePort()}`;
  const start = performance.now();
  const args = [`${root}dist/main.js`, '--listen', address, '--storage', `sqlite:${folder}/trackside.db`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const connection = await connectSoon(address, child);
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

async function connectSoon(address: string, child: ChildProcess): Promise<WireConnection> {
  while (child.exitCode === null) {
    const connection = await WireConnection.open(address, path('GetTracker')).catch(() => undefined);
    if (connection) return connection;
    await sleep(2);
  }
  throw new Error('the server ended before it served');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** What Node itself takes of it. */
async function timeEmptyProcess(): Promise<number> {
  const start = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return performance.now() - start;
}
