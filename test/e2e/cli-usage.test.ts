import { describe, expect, test } from '@jest/globals';
import { runCommand } from './cli.js';

const run = (...args: readonly string[]) => runCommand('127.0.0.1:9', ...args);

describe('trackside', () => {
  test('prints help with commands, examples and exit codes', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    for (const text of ['serve', 'append', 'tail', 'show', 'Examples:', 'Exit codes:'])
      expect(stdout).toContain(text);
  });

  test.each([
    ['serve', ['--listen', '--storage', '--print-config']],
    [
      'append',
      ['--address', 'TRACKSIDE_ADDRESS', '127.0.0.1:7420', '--parallel', '--quiet', '$ trackside append'],
    ],
    [
      'tail',
      [
        '--address',
        '--start',
        '--until-caught-up',
        '--conversation',
        '--prefix',
        '--json',
        '$ trackside tail',
      ],
    ],
    ['show', ['--address', '--json', '--current', '$ trackside show']],
    ['import', ['rasa']],
  ])('prints the help of %s', async (command, texts) => {
    const { code, stdout } = await run(command, '--help');
    expect(code).toBe(0);
    for (const text of texts) expect(stdout).toContain(text);
    expect(await run('help', command)).toMatchObject({ code: 0, stdout });
  });

  test('prints its version', async () => {
    expect(await run('--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  test.each([
    [['frobnicate'], "error: unknown command 'frobnicate'"],
    [['--frobnicate'], "error: unknown option '--frobnicate'"],
    [['append', '--frobnicate'], "error: unknown option '--frobnicate'"],
    [['append', '--parallel', '0'], 'It must be a whole number from 1 to 1000.'],
    [['tail', '--start', 'yesterday'], '--start: "yesterday" is none of beginning, end'],
    [['show'], "error: missing required argument 'CONVERSATION_ID'"],
    [['show', 'a', '--address', 'nowhere'], '--address: "nowhere" is not an address: write it as'],
  ])('%j is a wrong command line', async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test.each([['tail'], ['show', 'a'], ['append', '-']])(
    '%s fails in one line without a server',
    async (...args) => {
      const { code, stdout, stderr } = await run(...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        /^trackside: no Trackside at 127\.0\.0\.1:9: start it with "npx trackside serve", .*\n$/,
      );
    },
  );
});
