import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { upTo } from '../e2e/calls.js';
import { json } from '../e2e/keyed.js';
import { type Queues, startQueues, storageOn } from '../e2e/queues.js';
import { cleanUp } from '../e2e/sidecar.js';
import { root } from '../root.js';

const rounds = Number(process.env.TRACKSIDE_FAULT_ROUNDS ?? 25);
const conversations = 6;
const atOnce = 3;
const queueId = 'inbox';

const workers = new Set<ChildProcess>();
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await cleanUp();
});

/** Where in a turn a worker is killed: so many milliseconds behind a word of its own, in its so-manieth turn. */
interface Kill {
  readonly word: 'begun' | 'answered';
  readonly turn: number;
  readonly delayMs: number;
}

function anyKill(): Kill {
  const word = Math.random() < 0.5 ? 'begun' : 'answered';
  return { word, turn: Math.ceil(Math.random() * 4), delayMs: Math.random() * 40 };
}

/** What all workers told. */
class Tally {
  kills = 0;
  /** Kills in the middle of a turn. */
  cutOff = 0;
  /** Turns that had been answered before, by a worker that was killed. */
  repeated = 0;

  /** Runs a worker until it is killed, by itself or by others. */
  async run(address: string, kill?: Kill): Promise<void> {
    const script = join(root, 'dist/test/faults/turn-worker.js');
    const child = spawn(process.execPath, [script, address, queueId], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    workers.add(child);
    const told = { begun: 0, answered: 0, done: 0, repeated: 0, ready: 0 };
    createInterface(child.stdout).on('line', (line) => {
      const word = line.split(' ')[0] as keyof typeof told;
      told[word] += 1;
      if (word === kill?.word && told[word] === kill.turn)
        setTimeout(() => child.kill('SIGKILL'), kill.delayMs);
    });
    const [, signal] = await once(child, 'close');
    workers.delete(child);
    // One that fails by itself has found something wrong.
    if (signal !== 'SIGKILL') throw new Error('a worker failed; its output says why');
    this.repeated += told.repeated;
    if (!kill) return;
    this.kills += 1;
    if (told.begun > told.done) this.cutOff += 1;
  }
}

/** Says something in every conversation, as long as it may go on; how often. */
async function talk({ queue }: Queues, goesOn: () => boolean): Promise<number> {
  let turn = 0;
  while (goesOn()) {
    turn += 1;
    const messages = upTo(conversations).map((n) => ({
      value: json(`${turn}`),
      groupId: `conversation-${n}`,
      maxAttempts: 1_000,
    }));
    await queue.pushMessages({ queueId, messages });
    await sleep(100);
  }
  return turn;
}

async function isDone({ queue }: Queues): Promise<boolean> {
  const { ready, inFlight, delayed, parked } = (await queue.getQueue({ queueId })).queue!;
  expect(parked).toBe(0n);
  return ready + inFlight + delayed === 0n;
}

test(
  'every turn of every conversation is answered once and in order, however often workers are killed',
  async () => {
    const queues = await startQueues({ storage: await storageOn('sqlite') });
    const { address, tracker } = queues.sidecar;
    const tally = new Tally();
    let rest = rounds;
    const killing = upTo(atOnce).map(async () => {
      while (rest-- > 0) await tally.run(address, anyKill());
    });
    let talking = true;
    const talked = talk(queues, () => talking);
    await Promise.all(killing).finally(() => {
      talking = false;
    });
    const turns = await talked;

    const last = upTo(atOnce).map(() => tally.run(address));
    const done = (async () => {
      while (!(await isDone(queues))) await sleep(50);
      for (const worker of workers) worker.kill('SIGKILL');
    })();
    await Promise.all([done, ...last]);

    const { kills, cutOff, repeated } = tally;
    process.stderr.write(
      `${kills} workers killed, ${cutOff} of them in a turn; ${turns} turns in ${conversations} conversations, ` +
        `${repeated} found answered already\n`,
    );
    for (const n of upTo(conversations)) {
      const { events } = await tracker.listEvents({ conversationId: `conversation-${n}`, pageSize: 1_000 });
      const answers = events.map(({ data }) => JSON.parse(data) as { turn: number; before: number });
      expect(answers.map(({ turn }) => turn)).toEqual(upTo(turns));
      // Each was given by one who had read all that was before.
      expect(answers.map(({ before }) => before)).toEqual(upTo(turns, 1).map((turn) => turn - 1));
    }
    // Without turns that were cut off, some of them behind their answer, nothing was tested.
    expect(cutOff).toBeGreaterThan(0);
    expect(repeated).toBeGreaterThan(0);
  },
  60_000 + rounds * 10_000,
);
