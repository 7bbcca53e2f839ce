import { create } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from '@jest/globals';
import { GrantSchema, HoldingSchema } from '@trackside/client/gen/trackside/v1/lock_service_pb.js';
import {
  ClaimResultSchema,
  PurgeQueueRequestSchema,
} from '@trackside/client/gen/trackside/v1/queue_service_pb.js';
import { ValueSchema } from '@trackside/client/gen/trackside/v1/value_pb.js';
import { objectLine, objectOf } from './json.js';

test('writes numbers to the last digit, times, and spans in milliseconds', () => {
  const grant = create(GrantSchema, {
    ticket: 9_007_199_254_740_993n,
    grantTime: { seconds: 1_789_161_707n, nanos: 714_779_000 },
    remaining: durationFromMs(1500),
  });
  expect(objectLine(GrantSchema, grant, { lock_id: 'a"b' })).toBe(
    '{"lock_id":"a\\"b","ticket":9007199254740993,"fence":0,"grant_time":"2026-09-11T21:21:47.714779Z","remaining_ms":1500}\n',
  );
});

test('writes enums as words, and bytes in base64', () => {
  expect(objectOf(HoldingSchema, create(HoldingSchema, { kind: 2 }))).toBe(
    '{"ticket":0,"fence":0,"owner":"","kind":"stream","interrupted":false}',
  );
  expect(objectOf(PurgeQueueRequestSchema, create(PurgeQueueRequestSchema, { states: [1, 3] }))).toBe(
    '{"queue_id":"","states":["ready","in_flight"]}',
  );
  expect(objectOf(ClaimResultSchema, create(ClaimResultSchema, { cause: 99 as never }))).toBe(
    '{"done":false,"cause":"99"}',
  );
  const value = create(ValueSchema, { kind: { case: 'bytes', value: Uint8Array.of(255) } });
  expect(objectOf(ValueSchema, value)).toBe('{"bytes":"/w=="}');
});
