import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { SubscribeEventsRequestSchema } from '@trackside/client/gen/trackside/v1/tracker_service_pb.js';
import { CommandError, exitCode } from '../exit.js';

/** Where a stream starts, as the request takes it. */
export type Start = NonNullable<MessageInitShape<typeof SubscribeEventsRequestSchema>['start']>;

const isoTime = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** Reads `beginning`, `end`, an ISO 8601 time (UTC where it names no offset), or else a cursor. */
export function startOf(text: string): Start {
  if (text === 'beginning' || text === 'end') return { case: text, value: {} };
  const match = isoTime.exec(text);
  if (match) return { case: 'time', value: timeOf(text, match) };
  if (/^\d{4}-/.test(text) || !/^[\w.~-]{16,}$/.test(text)) throw badStart(text);
  return { case: 'cursor', value: text };
}

function timeOf(text: string, [, date, clock = '00:00', fraction = '', offset = 'Z']: RegExpExecArray) {
  const ms = Date.parse(`${date}T${clock}${offset}`);
  if (Number.isNaN(ms)) throw badStart(text);
  const nanos = Number(fraction.slice(1, 10).padEnd(9, '0'));
  return { ...timestampFromMs(ms), nanos };
}

function badStart(text: string): CommandError {
  const forms = 'beginning, end, a time such as 2026-01-31T09:30:00Z, or a cursor as a stream gave it';
  return new CommandError(`--start: "${text}" is none of ${forms}`, exitCode.usage);
}
