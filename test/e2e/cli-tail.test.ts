import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Connection, connect } from '@trackside/client';
import {
  dumpLine,
  endCommands,
  objects,
  type Running,
  runCommand,
  runWithInput,
  slotEvents,
  startCommand,
  type TailLine,
  until,
} from './cli.js';
import { type ServerProcess, startServer } from './server.js';
import { cleanUp } from './sidecar.js';

let server: ServerProcess;
let connection: Connection;
beforeAll(async () => {
  server = await startServer();
  connection = connect(server.address);
});
afterEach(endCommands);
afterAll(async () => {
  connection.close();
  await cleanUp();
});

const history = ['--json', '--start', 'beginning', '--until-caught-up'];

function append(...lines: readonly string[]) {
  return runWithInput(lines.join(''), server.address, 'append', '--quiet');
}

async function tailed(...args: readonly string[]): Promise<TailLine[]> {
  const { code, stdout, stderr } = await runCommand(server.address, 'tail', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return objects(stdout);
}

const lineCount = ({ printed }: Running) => printed.stdout.split('\n').length - 1;

describe('trackside tail --json', () => {
  test('prints the stored text and what the log knows', async () => {
    const data = '{ "event":"slot", "name":"pi", "value":1.0 , "u":"\\u00e9é\\n" }';
    await append(dumpLine('json', [data, '{"event":"own"}']));
    expect(await tailed(...history, '--conversation', 'json')).toEqual([
      { conversation_id: 'json', sequence: 1, type: 'slot', name: 'pi', data, cursor: expect.any(String) },
      {
        conversation_id: 'json',
        sequence: 2,
        type: 'own',
        name: '',
        data: '{"event":"own"}',
        cursor: expect.any(String),
      },
    ]);
  });

  test("goes on from any line's cursor without skipping what comes behind it", async () => {
    for (let i = 0; i < 4; i++) await append(dumpLine('cursors', slotEvents((i + 1) * 40)));
    const all = await tailed(...history, '--prefix', 'curs');
    expect(all).toHaveLength(160);
    const cursors = all.map(({ cursor }) => cursor);
    for (const i of [0, 38, 79, 80, 118, 159]) {
      const rest = await tailed('--json', '--until-caught-up', '--prefix', 'curs', '--start', cursors[i]!);
      const batchEnd = cursors.indexOf(cursors[i]!);
      const shownBefore = batchEnd === 0 ? 0 : batchEnd + 1;
      expect(shownBefore).toBeLessThanOrEqual(i + 1);
      expect(rest.map(({ sequence }) => sequence)).toEqual(
        all.slice(shownBefore).map(({ sequence }) => sequence),
      );
    }
    expect(new Set(cursors).size).toBeGreaterThan(2);
  });

  test('filters by conversation, prefix, type and name', async () => {
    await append(
      dumpLine('f-1', [
        '{"event":"user","text":"a"}',
        '{"event":"slot","name":"x"}',
        '{"event":"slot","name":"y"}',
      ]),
      dumpLine('f-2', ['{"event":"bot"}']),
      dumpLine('g', ['{"event":"bot"}']),
    );
    const seen = async (...filter: readonly string[]) =>
      (await tailed(...history, ...filter)).map((line) => `${line.conversation_id} ${line.sequence}`).sort();
    expect(await seen('--prefix', 'f-')).toEqual(['f-1 1', 'f-1 2', 'f-1 3', 'f-2 1']);
    expect(await seen('--conversation', 'f-2', '--conversation', 'g')).toEqual(['f-2 1', 'g 1']);
    expect(await seen('--prefix', 'f-', '--type', 'user', '--type', 'bot')).toEqual(['f-1 1', 'f-2 1']);
    expect(await seen('--prefix', 'f-', '--name', 'y')).toEqual(['f-1 3']);
  });

  test('starts at the end, or at a time of storing', async () => {
    await append(dumpLine('time', slotEvents(3)));
    await sleep(20);
    const time = new Date().toISOString();
    await append(dumpLine('time', slotEvents(5)));
    const filter = ['--json', '--until-caught-up', '--conversation', 'time'];
    expect((await tailed(...filter, '--start', time)).map(({ sequence }) => sequence)).toEqual([4, 5]);
    expect(await tailed(...filter)).toEqual([]);
  });

  test('tells erasures', async () => {
    await append(dumpLine('erased', slotEvents(3)));
    const live = startCommand(
      server.address,
      'tail',
      '--json',
      '--start',
      'beginning',
      '--conversation',
      'erased',
    );
    await until(() => lineCount(live) === 3);
    await connection.tracker.redactEvents({ conversationId: 'erased', sequences: [2n] });
    await until(() => lineCount(live) === 4);
    await connection.tracker.deleteConversation({ conversationId: 'erased' });
    await until(() => lineCount(live) === 5);
    live.process.kill('SIGINT');
    const { code, stdout } = await live.ended;
    expect(code).toBe(0);
    expect(objects(stdout).slice(3)).toMatchObject([
      {
        erased: { conversation_id: 'erased', sequences: [[2, 2]], deleted: false },
        cursor: expect.any(String),
      },
      { erased: { conversation_id: 'erased', deleted: true }, cursor: expect.any(String) },
    ]);
  });

  test('killed and resumed loses nothing, and repeats no more than its cursor says', async () => {
    // A batch is more than a pipe holds, so that a kill hits the middle of one.
    const events = slotEvents(200).map((text) => text.replace('}', `,"pad":"${'x'.repeat(2000)}"}`));
    const ids = Array.from({ length: 10 }, (_, i) => `live ${i}`);
    await append(...ids.map((id) => dumpLine(id, events)));
    const seen = new Map<string, TailLine>();
    let start = 'beginning';
    const take = (stdout: string) => {
      const lines = objects<TailLine>(stdout);
      for (const line of lines) {
        const key = `${line.conversation_id}#${line.sequence}`;
        expect([undefined, start]).toContain(seen.get(key)?.cursor);
        seen.set(key, line);
      }
      start = lines.at(-1)?.cursor ?? start;
    };
    const options = ['--json', '--prefix', 'live ', '--until-caught-up'];
    let kills = -1;
    for (let code: number | null = null; code === null; kills++) {
      const live = startCommand(server.address, 'tail', ...options, '--start', start);
      live.process.stdout.on('data', () => lineCount(live) >= 350 && live.process.kill('SIGKILL'));
      const ended = await live.ended;
      take(ended.stdout);
      code = ended.code;
    }
    expect(kills).toBeGreaterThan(1);
    for (const id of ids) {
      const lines = [...seen.values()].filter(({ conversation_id }) => conversation_id === id);
      expect(lines.map(({ data }) => data)).toEqual(events);
    }
  });

  test('ends with its last line resumable on SIGTERM: nothing is shown twice', async () => {
    await append(dumpLine('term', slotEvents(900)));
    let start = 'beginning';
    const sequences: number[] = [];
    while (sequences.length < 900) {
      const live = startCommand(server.address, 'tail', '--json', '--conversation', 'term', '--start', start);
      await once(live.process.stdout, 'data');
      live.process.kill('SIGTERM');
      const { code, stdout } = await live.ended;
      const lines = objects<TailLine>(stdout);
      expect({ code, whole: stdout.endsWith('\n') }).toEqual({ code: 0, whole: true });
      sequences.push(...lines.map(({ sequence }) => sequence));
      start = lines.at(-1)!.cursor;
    }
    expect(sequences).toEqual(Array.from({ length: 900 }, (_, i) => i + 1));
  });
});

describe('trackside tail', () => {
  test('goes on by itself when the server is killed or stopped and comes back', async () => {
    await append(dumpLine('back', slotEvents(2)));
    const live = startCommand(
      server.address,
      'tail',
      '--json',
      '--start',
      'beginning',
      '--conversation',
      'back',
    );
    await until(() => lineCount(live) === 2);
    await server.kill();
    await server.start();
    await append(dumpLine('back', slotEvents(4)));
    await until(() => lineCount(live) === 4);
    await server.stop();
    await server.start();
    await append(dumpLine('back', slotEvents(6)));
    await until(() => lineCount(live) === 6);
    live.process.kill('SIGTERM');
    const { code, stdout, stderr } = await live.ended;
    expect(code).toBe(0);
    expect(objects<TailLine>(stdout).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/: connection lost \(.*\); trying again$/),
      expect.stringMatching(/: connected again, nothing was missed$/),
      expect.stringMatching(/: the server is stopping; trying again$/),
      expect.stringMatching(/: connected again, nothing was missed$/),
      '',
    ]);
  });

  test('ends with 3 and both cursors where history was replaced', async () => {
    const volatile = await startServer('memory');
    await runWithInput(dumpLine('x', slotEvents(1)), volatile.address, 'append');
    const live = startCommand(volatile.address, 'tail', '--start', 'beginning');
    await until(() => lineCount(live) === 1);
    await volatile.kill();
    await volatile.start();
    const { code, stderr } = await live.ended;
    expect(code).toBe(3);
    const [, oldest = ''] = /oldest event there is: --start (\S+)\n/.exec(stderr) ?? [];
    const [, end = ''] = /next event on: +--start (\S+)\n/.exec(stderr) ?? [];
    expect(stderr).toContain("the stream can't go on");
    for (const cursor of [oldest, end]) {
      const args = ['tail', '--until-caught-up', '--start', cursor];
      expect(await runCommand(volatile.address, ...args)).toMatchObject({ code: 0, stderr: '' });
    }
  });

  test('prints a readable line an event, without what steers a terminal', async () => {
    const user =
      '{"event":"user","text":"\\u001b[2Jhi\\nyou","parse_data":{"intent":{"name":"greet"}},"timestamp":0.5}';
    await append(dumpLine('readable', [user, '{"event":"slot","name":"city","value":"Rome","timestamp":1}']));
    const args = ['--conversation', 'readable', '--start', 'beginning', '--until-caught-up'];
    const { stdout } = await runCommand(server.address, 'tail', ...args);
    expect(stdout).toBe(
      '1970-01-01T00:00:00.500Z readable #1 user \\u001b[2Jhi\\nyou (greet)\n' +
        '1970-01-01T00:00:01.000Z readable #2 slot city = "Rome"\n',
    );
  });

  test('ends quietly when its reader goes, as head does', async () => {
    await append(dumpLine('epipe', slotEvents(900)));
    const live = startCommand(server.address, 'tail', '--start', 'beginning');
    await once(live.process.stdout, 'data');
    live.process.stdout.destroy();
    while (live.process.exitCode === null) await append(dumpLine(`more ${Math.random()}`, slotEvents(10)));
    expect(await live.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test("tells the server's refusals", async () => {
    const { code, stderr } = await runCommand(server.address, 'tail', '--start', 'c1.notacursoratall');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^trackside: .*cursor.* \(INVALID_REQUEST\)\n$/),
    });
  });
});
