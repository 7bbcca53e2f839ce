import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { isReaderGone, writerOf } from './output.js';

test('waits for a slow reader instead of piling text up', async () => {
  const waiting: (() => void)[] = [];
  const stream = new Writable({
    highWaterMark: 10,
    decodeStrings: false,
    write: (_text, _encoding, done) => void waiting.push(done),
  });
  const write = writerOf(stream);
  await write('12345');
  let written = false;
  const second = write('1234567890').then(() => {
    written = true;
  });
  await turn();
  expect(written).toBe(false);
  waiting.shift()!();
  await turn();
  waiting.shift()!();
  await second;
  expect(stream.writableLength).toBe(0);
});

test('fails for good once the reader has gone', async () => {
  const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const stream = new Writable({ highWaterMark: 1, write: (_text, _encoding, done) => done(gone) });
  const write = writerOf(stream);
  const failure: unknown = await write('text').catch((error: unknown) => error);
  expect(isReaderGone(failure)).toBe(true);
  await expect(write('more')).rejects.toBe(gone);
  expect(isReaderGone(new Error('EPIPE'))).toBe(false);
});
