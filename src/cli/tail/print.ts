import type { RecordedEvent, SequenceRange } from '@trackside/client/gen/trackside/v1/event_pb.js';
import type { ErasedEvents, EventBatch } from '@trackside/client/gen/trackside/v1/tracker_service_pb.js';
import { essenceOf, jsonLine } from '../event.js';
import { harmless, type Paint } from '../paint.js';
import { timeText } from '../time.js';

/** How events and erasures become lines. */
export interface Printer {
  /** `before` is the cursor of the stream's item before the batch. */
  batch(batch: EventBatch, before: string): string;
  erased(erased: ErasedEvents): string;
}

/**
 * One object a line. An event's cursor is the newest that skips nothing not yet shown: of a batch's events only
 * the last has the batch's own, which stands behind them all.
 */
export const jsonPrinter: Printer = {
  batch: ({ events, cursor }, before) =>
    events.map((event, i) => jsonLine(event, i === events.length - 1 ? cursor : before)).join(''),
  erased: ({ conversationId, sequences, deleted, cursor }) => {
    const ranges = sequences.map(({ first, last }) => [Number(first), Number(last)]);
    return `${JSON.stringify({ erased: { conversation_id: conversationId, sequences: ranges, deleted }, cursor })}\n`;
  },
};

/** One line an event for people: time, conversation, sequence, type and what the event is about. */
export function readablePrinter(paint: Paint): Printer {
  const line = (event: RecordedEvent) => {
    const place = `${harmless(event.conversationId)} ${paint('dim', `#${event.sequence}`)}`;
    const type = paint(event.type === 'user' ? 'green' : 'cyan', harmless(event.type));
    return `${paint('dim', timeText(event.eventTime))} ${place} ${type} ${essenceOf(event)}\n`;
  };
  return {
    batch: ({ events }) => events.map(line).join(''),
    erased: ({ conversationId, sequences, deleted }) => {
      const what = deleted ? 'deleted' : `erased ${sequences.map(rangeText).join(', ')}`;
      return `${paint('red', `${harmless(conversationId)} ${what}`)}\n`;
    },
  };
}

function rangeText({ first, last }: SequenceRange): string {
  return first === last ? `#${first}` : `#${first} to #${last}`;
}
