import type { RecordedEvent } from '@trackside/client/gen/trackside/v1/event_pb.js';
import { essenceOf } from '../event.js';
import { harmless, type Paint } from '../paint.js';
import { timeText } from '../time.js';

/**
 * Prints a conversation's events one after another as a dialogue: what was said stands out, what was done is
 * dimmed, and a rule begins each session.
 */
export function dialogue(paint: Paint): (event: RecordedEvent) => string {
  let before: RecordedEvent | undefined;
  return (event) => {
    const rule = opensSession(event, before) ? `${paint('dim', ruleOf(event))}\n` : '';
    before = event;
    return `${rule}${line(event, paint)}\n`;
  };
}

/** Either profile's beginning; Rasa writes one right behind the other, for one session. */
function opensSession(event: RecordedEvent, before: RecordedEvent | undefined): boolean {
  return isSessionAction(event) || (event.type === 'session_started' && !(before && isSessionAction(before)));
}

function isSessionAction({ type, name }: RecordedEvent): boolean {
  return type === 'action' && name === 'action_session_start';
}

function ruleOf(event: RecordedEvent): string {
  return `──── session of ${timeText(event.eventTime).slice(0, 10)} ${'─'.repeat(40)}`;
}

function line(event: RecordedEvent, paint: Paint): string {
  const time = paint('dim', timeText(event.eventTime).slice(11, 19));
  const type = harmless(event.type).padEnd(6);
  const essence = essenceOf(event);
  if (event.type === 'user') return `${time}  ${paint('green', type)}  ${paint('bold', essence)}`;
  if (event.type === 'bot') return `${time}  ${paint('cyan', type)}  ${essence}`;
  return `${time}  ${paint('dim', `${type}  ${essence}`.trimEnd())}`;
}
