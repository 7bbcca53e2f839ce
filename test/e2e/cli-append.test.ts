import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Connection, connect } from '@trackside/client';
import { dumpLine, endCommands, runCommand, runWithInput, slotEvents, startCommand } from './cli.js';
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

async function stored(conversationId: string): Promise<string[]> {
  const { events } = await connection.tracker.listEvents({ conversationId, pageSize: 1000 });
  return events.map(({ data }) => data);
}

const append = (...lines: readonly string[]) => runWithInput(lines.join(''), server.address, 'append');

describe('trackside append', () => {
  test('stores every event to the letter', async () => {
    const events = [
      '{"event":"user","text":"caf\\u00e9 \\ud83d\\ude00 ☕","timestamp":1789161707.714779}',
      '{ "event" : "slot" ,\t"name":"pi", "value": 1.0 , "big":123456789012345678901234567890 }',
      '{"b":1E+2,"a":-0.0,"event":"own","b":{"x":[ ]}}',
    ];
    const { code, stdout, stderr } = await append(dumpLine('odd ☕', events));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^1 conversation, 3 events stored, 0 already there, in \d/);
    expect(await stored('odd ☕')).toEqual(events);
    const [user, slot] = (await connection.tracker.listEvents({ conversationId: 'odd ☕' })).events;
    expect(user).toMatchObject({
      type: 'user',
      name: '',
      eventTime: { seconds: 1_789_161_707n, nanos: 714_779_000 },
    });
    expect(slot).toMatchObject({ type: 'slot', name: 'pi' });
  });

  test('stores nothing twice when repeated', async () => {
    const dump = [dumpLine('again 1', slotEvents(250)), dumpLine('again 2', slotEvents(3))];
    expect((await append(...dump)).stdout).toMatch(/^2 conversations, 253 events stored, 0 already there/);
    expect((await append(...dump)).stdout).toMatch(/^2 conversations, 0 events stored, 253 already there/);
    expect(await stored('again 1')).toEqual(slotEvents(250));
  });

  test('stores what a conversation has grown by, again and again', async () => {
    const sizes = [30, 30, 31, 120, 135, 420];
    let before = 0;
    for (const size of sizes) {
      const { stdout } = await append(dumpLine('grown', slotEvents(size)));
      expect(stdout).toMatch(new RegExp(`, ${size - before} events? stored, ${before} already there`));
      expect(await stored('grown')).toEqual(slotEvents(size));
      before = size;
    }
  });

  test('refuses a conversation whose stored events differ', async () => {
    await append(dumpLine('differs', slotEvents(150)));
    const changed = slotEvents(150).with(120, '{"event":"slot","name":"n","value":"other"}');
    const { code, stderr } = await append(dumpLine('differs', changed));
    expect(code).toBe(1);
    expect(stderr).toContain(
      'stdin:1: conversation "differs": the events from events[100] on differ from what was stored of them before, as sequences 101 to 150',
    );
    const shorter = await append(dumpLine('differs', slotEvents(120)));
    expect(shorter).toMatchObject({ code: 1, stderr: expect.stringContaining('events[100] on differ') });
    const changedAndGrown = await append(dumpLine('differs', [...changed, ...slotEvents(20, 150)]));
    expect(changedAndGrown).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('events[100] on differ'),
    });
    expect(await stored('differs')).toEqual(slotEvents(150));
  });

  test('keeps the order of lines of one conversation', async () => {
    const parts = Array.from({ length: 20 }, (_, i) => slotEvents(120, i * 120));
    await append(...parts.map((events) => dumpLine('parts', events)));
    const { events } = await connection.tracker.listEvents({
      conversationId: 'parts',
      firstSequence: 2001n,
      pageSize: 1000,
    });
    expect(events.map(({ data }) => data)).toEqual(slotEvents(400, 2000));
  });

  test('stops at a line that is wrong, keeps what came before, and goes on when it is put right', async () => {
    const bad = dumpLine('bad', ['{"event":"user"}', '{"text":"no type"}']);
    const { code, stderr, stdout } = await append(
      dumpLine('good', slotEvents(2)),
      '\n',
      bad,
      dumpLine('later', slotEvents(1)),
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      'trackside: stdin:3: events[1] must have a string "event" that is not empty\n' +
        'stopped after 1 conversation, 2 events stored, 0 already there; repeat the command to go on: nothing is stored twice\n',
    );
    expect(await stored('bad')).toEqual([]);
    expect(await stored('later')).toEqual([]);
    const again = await append(dumpLine('good', slotEvents(2)), dumpLine('later', slotEvents(1)));
    expect(again.stdout).toMatch(/^2 conversations, 1 event stored, 2 already there/);
  });

  test("gives the server's refusals the line's numbers", async () => {
    const deep = `{"event":"own","x":${'['.repeat(200)}${']'.repeat(200)}}`;
    const { code, stderr } = await append(dumpLine('deep', [...slotEvents(130), deep]));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^trackside: stdin:1: conversation "deep": events\[130\]\.data: .*levels deep.* \(INVALID_REQUEST\)\n/,
    );
  });

  test('ends at a failure also where more input may come', async () => {
    const command = startCommand(server.address, 'append');
    command.process.stdin.write(dumpLine('c'.repeat(513), slotEvents(1)));
    expect(await command.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('stdin:1') });
  });

  test('prints errors only with --quiet', async () => {
    const { code, stdout, stderr } = await runWithInput(
      dumpLine('q', slotEvents(1)),
      server.address,
      'append',
      '-',
      '--quiet',
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('goes on when the server is killed and started again', async () => {
    const dump = Array.from({ length: 400 }, (_, i) => dumpLine(`killed ${i}`, slotEvents(130, i)));
    const command = startCommand(server.address, 'append', '--parallel', '8');
    command.process.stdin.write(dump.slice(0, 200).join(''));
    const conversations = () =>
      connection.tracker.listConversations({ conversationIdPrefix: 'killed ', pageSize: 1000 });
    while ((await conversations()).conversations.length < 50) await sleep(5);
    await server.kill();
    command.process.stdin.end(dump.slice(200).join(''));
    await sleep(300);
    await server.start();
    const { code, stdout } = await command.ended;
    expect(code).toBe(0);
    const [, fresh, already] =
      /^400 conversations, (\d+) events stored, (\d+) already there/.exec(stdout) ?? [];
    expect(Number(fresh) + Number(already)).toBe(400 * 130);
    for (let i = 0; i < 400; i++) expect(await stored(`killed ${i}`)).toEqual(slotEvents(130, i));
  });

  test('says where it looked when there is no server', async () => {
    const { code, stderr } = await runCommand('127.0.0.1:9', 'append', '-');
    expect(code).toBe(1);
    expect(stderr).toBe(
      'trackside: no Trackside at 127.0.0.1:9: start it with "npx trackside serve", or say with --address where it is\n',
    );
  });

  test('takes a file, and says when it cannot be read', async () => {
    const { code, stderr } = await runCommand(server.address, 'append', '/nowhere/dump.jsonl');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "trackside: can't read /nowhere/dump.jsonl: no such file or directory\n",
    });
  });
});
