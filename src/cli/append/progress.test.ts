import { describe, expect, test } from '@jest/globals';
import { bar, showProgress, summarise } from './progress.js';

const progress = { conversations: 1, stored: 50, alreadyThere: 1, done: 25 };

/** A stream that keeps what is written to it. */
function screen(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, columns: 40, write: (text: string) => written.push(text) };
  return { stream: stream as unknown as NodeJS.WriteStream, written };
}

describe('progress', () => {
  test('is a bar where the size is known', () => {
    expect(bar(progress, 100)).toBe(
      '[####............]  25 %  1 conversation, 50 events stored, 1 already there',
    );
    expect(bar(progress, undefined)).toBe('1 conversation, 50 events stored, 1 already there');
  });

  test('ends with a summary', () => {
    expect(summarise(progress, 0.5)).toBe(
      '1 conversation, 50 events stored, 1 already there, in 0.5 s (102 events/s)',
    );
  });

  test('redraws one line of a terminal and leaves none behind', async () => {
    const { stream, written } = screen(true);
    const hide = showProgress(progress, 100, stream);
    await new Promise((resolve) => setTimeout(resolve, 250));
    hide();
    expect(written.length).toBeGreaterThanOrEqual(2);
    for (const text of written) expect(text).toMatch(/^\r\u001b\[K[^\r\n]{0,39}$/);
    expect(written.at(-1)).toBe('\r\u001b[K');
  });

  test('writes nothing to steer a terminal elsewhere', () => {
    const { stream, written } = screen(false);
    showProgress(progress, 100, stream)();
    expect(written).toEqual([]);
  });
});
