import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { linesOf } from './lines.js';

async function* chunksOf(bytes: Uint8Array, size: number) {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function read(input: Uint8Array | string, { chunk = 7, max = 100 } = {}) {
  const lines = [];
  for await (const line of linesOf(chunksOf(Buffer.from(input), chunk), 'in', max)) lines.push(line);
  return lines;
}

describe('linesOf', () => {
  test('counts lines, leaves blank ones out, and takes the last without a newline', async () => {
    const lines = await read('{"a":1}\r\n\n  \n{"b":2}');
    expect(lines.map(({ place, text }) => [place, text.trim()])).toEqual([
      ['in:1', '{"a":1}'],
      ['in:4', '{"b":2}'],
    ]);
  });

  test('gives the same lines however the input is cut, also inside a character', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''))),
        fc.integer({ min: 1, max: 20 }),
        async (texts, chunk) => {
          const lines = await read(texts.map((text) => `"${text}"\n`).join(''), { chunk, max: 1000 });
          expect(lines.map(({ text }) => text)).toEqual(texts.map((text) => `"${text}"\n`));
        },
      ),
    );
  });

  test('passes over a byte order mark', async () => {
    expect((await read('\ufeff{}'))[0]?.text).toBe('{}');
  });

  test('names the line that is not UTF-8', async () => {
    const input = Buffer.concat([Buffer.from('{}\n"'), Buffer.from([0xc3, 0x28]), Buffer.from('"\n')]);
    await expect(read(input)).rejects.toThrow('in:2: the line is not UTF-8');
  });

  test('stops at a line that is too long before it has read it', async () => {
    let pulled = 0;
    async function* endless() {
      for (;;) {
        pulled += 10;
        yield Buffer.alloc(10, 'x');
      }
    }
    const lines = linesOf(endless(), 'in', 100);
    await expect(lines.next()).rejects.toThrow('in:1: the line is longer than 100 bytes');
    expect(pulled).toBe(110);
    expect(await read('x'.repeat(100), { max: 100 })).toHaveLength(1);
  });
});
