import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from '@jest/globals';
import {
  ErasedEventsSchema,
  EventBatchSchema,
} from '@trackside/client/gen/trackside/v1/tracker_service_pb.js';
import { jsonPrinter, readablePrinter } from './print.js';

const batch = create(EventBatchSchema, {
  cursor: 'new',
  events: [1n, 2n, 3n].map((sequence) => ({
    conversationId: 'alice',
    sequence,
    type: 'slot',
    name: 'city',
    data: '{"event":"slot", "name":"city","value":1.0}',
    eventTime: { seconds: 1_789_161_707n, nanos: 714_779_000 },
  })),
});
const erased = create(ErasedEventsSchema, {
  conversationId: 'alice',
  sequences: [
    { first: 1n, last: 2n },
    { first: 5n, last: 5n },
  ],
  cursor: 'new',
});

describe('jsonPrinter', () => {
  test("gives a batch's cursor to its last event only", () => {
    const lines = jsonPrinter.batch(batch, 'old').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).cursor)).toEqual(['old', 'old', 'new']);
    expect(JSON.parse(lines[2]!)).toEqual({
      conversation_id: 'alice',
      sequence: 3,
      type: 'slot',
      name: 'city',
      data: '{"event":"slot", "name":"city","value":1.0}',
      cursor: 'new',
    });
  });

  test('tells erasures', () => {
    expect(JSON.parse(jsonPrinter.erased(erased))).toEqual({
      erased: {
        conversation_id: 'alice',
        sequences: [
          [1, 2],
          [5, 5],
        ],
        deleted: false,
      },
      cursor: 'new',
    });
  });
});

test('readablePrinter prints a line an event', () => {
  const printer = readablePrinter((_, text) => text);
  expect(printer.batch(batch, '').split('\n')[0]).toBe('2026-09-11T21:21:47.714Z alice #1 slot city = 1');
  expect(printer.erased(erased)).toBe('alice erased #1 to #2, #5\n');
  expect(printer.erased(create(ErasedEventsSchema, { conversationId: 'bob', deleted: true }))).toBe(
    'bob deleted\n',
  );
});
