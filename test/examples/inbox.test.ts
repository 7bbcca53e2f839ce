import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { upTo } from '../e2e/calls.js';
import { countsOf, storageOn } from '../e2e/queues.js';
import { cleanUp, type Sidecar, startSidecar, temporaryFolder } from '../e2e/sidecar.js';
import { root } from '../root.js';

const rounds = Number(process.env.TRACKSIDE_FAULT_ROUNDS ?? 25);
const conversations = 8 * rounds;
const timeoutMs = 60_000 + rounds * 10_000;

afterAll(cleanUp);

/** Runs one of the example's scripts; rejects where it doesn't end with 0. */
async function run(script: string, address: string | undefined, ...args: readonly string[]): Promise<string> {
  const { TRACKSIDE_ADDRESS: _, ...rest } = process.env;
  const env = address === undefined ? rest : { ...rest, TRACKSIDE_ADDRESS: address };
  const command = [join(root, 'examples/inbox', script), ...args];
  const { stdout } = await promisify(execFile)(process.execPath, command, { env, timeout: timeoutMs });
  return stdout;
}

/** What users say, by conversation: no two say the same, nor does one twice. */
function dialogues(): Map<string, string[]> {
  const texts = (n: number) => upTo(1 + (n % 7)).map((turn) => `“${turn}” said ${n}, \n\u{1f600}`);
  return new Map(upTo(conversations).map((n) => [`${n}/ü`, texts(n)]));
}

/** The dialogues as Rasa dumps them, with what the bot did then. */
async function dump(said: ReadonlyMap<string, readonly string[]>): Promise<string> {
  const lines = [...said].map(([sender_id, texts]) => {
    const events = texts.flatMap((text) => [
      { event: 'user', text },
      { event: 'slot', name: 'heard', value: text },
      { event: 'bot', text: 'once' },
    ]);
    return `${JSON.stringify({ sender_id, events })}\n`;
  });
  const file = join(await temporaryFolder(), 'dialogues.jsonl');
  await writeFile(file, lines.join(''));
  return file;
}

interface Logged {
  readonly event: string;
  readonly text: string;
  readonly metadata?: { readonly attempt: number };
}

async function logOf({ tracker }: Sidecar, conversationId: string): Promise<Logged[]> {
  const { events } = await tracker.listEvents({ conversationId, pageSize: 1_000 });
  return events.map(({ data }) => JSON.parse(data) as Logged);
}

test(
  'the inbox answers each message once and in order, though its workers are killed',
  async () => {
    const sidecar = await startSidecar({ storage: await storageOn('sqlite') });
    const said = dialogues();
    const args = [await dump(said), '--conversations', `${conversations}`];
    process.stderr.write(await run('run.mjs', sidecar.address, ...args));

    let repeated = 0;
    for (const [conversationId, texts] of said) {
      const log = await logOf(sidecar, conversationId);
      const spoken = log.map(({ event, text }) => [event, text]);
      expect(spoken).toEqual(
        texts.flatMap((text, i) => [
          ['user', text],
          ['bot', `${i + 1}: ${text}`],
        ]),
      );
      repeated += log.filter(({ metadata }) => metadata && metadata.attempt > 1).length;
    }
    // Without turns that were cut off nothing was shown.
    expect(repeated).toBeGreaterThan(0);

    const again = await run('producer.mjs', sidecar.address, ...args);
    expect(again).toMatch(/^producer: 0 messages pushed/);
    expect(await countsOf(sidecar.connection.queue, 'inbox')).toEqual([0, 0, 0, 0]);

    const data = JSON.stringify({ event: 'bot', text: '1: again' });
    await sidecar.tracker.appendEvents({ conversationId: '7/ü', events: [{ type: 'bot', data }] });
    await expect(run('check.mjs', sidecar.address, ...args)).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^7\/ü, event 3: "bot: 1: again", where nothing belongs\n/),
    });
  },
  timeoutMs,
);

test(
  'the inbox brings a sidecar and dialogues of its own',
  async () => {
    const output = await run('run.mjs', undefined, '--conversations', '5');
    expect(output).toMatch(/^run: 5 conversations, 20 turns, 8 workers\n/);
    expect(output).toMatch(/\ncheck: all complete, in order, no duplicate\n$/);
  },
  timeoutMs,
);
