import { expect } from '@jest/globals';
import { type Declare, nowAndReopened } from '../harness.js';
import type { SentEvent } from '../observations.js';
import { call, eventsOf, Reader, stored } from '../tools.js';
import * as validate from '../validators.js';

/** Texts that parsing and writing anew, another encoding or a column's type would change. */
const texts = [
  '{"a":1.0,"b":1e2,"c":-0,"big":123456789012345678901234567890}',
  '{ "z" : 1 ,\t"a":\n2, "z": 3 }',
  '{"text":"\\u00e9 \\ud83d\\ude00 \\/ \\u0000"}',
  '{"text":"é 😀 \u2028 \uFEFF \uFFFD e\u0301"}',
  '{}',
  `{"long":"${'x'.repeat(200_000)}"}`,
];

export function verbatim(it: Declare): void {
  it('gives back data, names and metadata as they came, from reads and from the log', async (given) => {
    const { store } = given;

    const events = texts.map(
      (data): SentEvent => ({ type: 'typ/é', name: ' name ', data, metadata: `\t${data}` }),
    );
    const one = call('\u{1F600} größe', 'id "quoted" \\', { events });
    const result = await stored(store, one);
    for await (const reader of nowAndReopened(given)) {
      for (const seen of [
        await eventsOf(reader, one.conversationId),
        (await new Reader(reader, result.partition).finish()).events,
      ]) {
        expect(seen.map(({ data }) => data)).toEqual(texts);
        validate.verbatim([{ ...one, result }], seen);
        expect(seen[0]).toMatchObject({ conversationId: one.conversationId, appendId: one.appendId });
      }
    }
  });

  it('keeps the time that came with an event, and takes its own where none did', async ({ store }) => {
    const eventTime = 1_234_567_890_123_456;
    const events = [eventTime, undefined, 0].map((time) => ({
      ...call('c', 'a').events[0]!,
      eventTime: time,
    }));
    const [outcome] = await store.append([{ ...call('c', 'a'), digest: 'd', events }]);
    if (outcome?.status !== 'stored') throw new Error('not stored');
    const { storeTime } = outcome.result;
    const page = await store.read('c', {
      start: 0,
      end: undefined,
      order: 'oldest_first',
      maxEvents: 10,
      maxBytes: 1 << 20,
    });
    expect(page.events.map((event) => event.eventTime)).toEqual([eventTime, storeTime, 0]);
    expect(page.events.map((event) => event.storeTime)).toEqual([storeTime, storeTime, storeTime]);
  });

  it('keeps apart conversations whose ids look alike', async ({ store }) => {
    const ids = ['é', 'e\u0301', 'E', 'e', 'e ', ' e', '%', '_', "'", '"', 'a\u200Bb', 'ab'];
    for (const id of ids) await stored(store, call(id, id));
    for (const id of ids) expect((await eventsOf(store, id)).map(({ appendId }) => appendId)).toEqual([id]);
  });
}
