import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { root } from '../root.js';
import { type ServerProcess, startServer } from './server.js';

let server: ServerProcess | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

test.each(['ready', 'alive'])(
  'the probe "%s" passes while the server serves, and fails once it is gone',
  async (question) => {
    server = await startServer('memory');
    expect(await probe(server.address, question)).toEqual({ code: 0, stdout: 'SERVING\n' });
    await server.kill();
    expect(await probe(server.address, question)).toEqual({ code: 1, stdout: '' });
  },
);

test('a probe that asks neither is a wrong command line', async () => {
  expect(await probe('127.0.0.1:1', 'well')).toEqual({ code: 2, stdout: '' });
});

function probe(address: string, question: string): Promise<{ code: number; stdout: string }> {
  const env = { ...process.env, TRACKSIDE_ADDRESS: address };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, 'dist/cli/health.js'), question],
      { env },
      (_error, stdout) => resolve({ code: child.exitCode ?? -1, stdout }),
    );
  });
}
