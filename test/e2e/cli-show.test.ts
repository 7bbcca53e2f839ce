import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  dumpLine,
  endCommands,
  objects,
  runCommand,
  runWithInput,
  slotEvents,
  type TailLine,
} from './cli.js';
import { type ServerProcess, startServer } from './server.js';
import { cleanUp } from './sidecar.js';

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer();
  const session = [
    '{"event":"action","name":"action_session_start","timestamp":1}',
    '{"event":"session_started","timestamp":1}',
  ];
  const said = [
    '{"event":"user","text":"Hello","timestamp":2}',
    '{"event":"bot","text":"Hi!","timestamp":3}',
  ];
  const dump = dumpLine('alice', [
    ...session,
    ...said,
    ...session,
    '{"event":"slot","name":"pi","value": 3.0,"timestamp":4}',
  ]);
  await runWithInput(dump + dumpLine('long', slotEvents(2500)), server.address, 'append');
});
afterEach(endCommands);
afterAll(cleanUp);

const show = (...args: readonly string[]) => runCommand(server.address, 'show', ...args);

describe('trackside show', () => {
  const rule = `──── session of 1970-01-01 ${'─'.repeat(40)}`;
  const last = [
    rule,
    '00:00:01  action  action_session_start',
    '00:00:01  session_started',
    '00:00:04  slot    pi = 3',
    '',
  ];

  test('prints a dialogue with its sessions', async () => {
    const { code, stdout, stderr } = await show('alice');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      rule,
      '00:00:01  action  action_session_start',
      '00:00:01  session_started',
      '00:00:02  user    Hello',
      '00:00:03  bot     Hi!',
      ...last,
    ]);
  });

  test('prints the current session', async () => {
    expect((await show('alice', '--current')).stdout.split('\n')).toEqual(last);
  });

  test('prints objects with the stored text', async () => {
    const { stdout } = await show('alice', '--json', '--current');
    expect(objects(stdout).at(-1)).toEqual({
      conversation_id: 'alice',
      sequence: 7,
      type: 'slot',
      name: 'pi',
      data: '{"event":"slot","name":"pi","value": 3.0,"timestamp":4}',
    });
  });

  test('prints long conversations whole', async () => {
    const { stdout } = await show('long', '--json');
    expect(objects<TailLine>(stdout).map(({ data }) => data)).toEqual(slotEvents(2500));
  });

  test('says that there is no such conversation', async () => {
    expect(await show('nobody')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'trackside: no conversation "nobody"\n',
    });
  });
});
