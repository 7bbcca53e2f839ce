import { member } from '../json/slice.js';

/** What the derived state is made from. Its type decides what it does; its data holds the fields for that. */
export interface FoldEvent {
  readonly type: string;
  /** Empty for none. */
  readonly name: string;
  /** Microseconds since the epoch. */
  readonly eventTime: number;
  /** A JSON object's text. */
  readonly data: string;
}

/**
 * The event's name: the one in its data, where there is one, else its own. Undefined for null, for an empty
 * name of its own, and for what isn't a string.
 */
export function nameOf(event: FoldEvent): string | undefined {
  const source = member(event.data, 'name');
  return source === undefined ? event.name || undefined : textOf(source);
}

/** The string that a JSON text stands for; undefined where it stands for anything else. */
export function textOf(source: string | undefined): string | undefined {
  return source?.startsWith('"') ? JSON.parse(source) : undefined;
}

/** What the bot did last: an action, or something it said by itself. */
export type LatestAction = { readonly actionName: string } | { readonly actionText: string };

/** What an `action` event says was done; undefined where it says nothing. */
export function actionOf(event: FoldEvent): LatestAction | undefined {
  const actionName = nameOf(event);
  if (actionName) return { actionName };
  const actionText = textOf(member(event.data, 'action_text'));
  return actionText === undefined ? undefined : { actionText };
}

/** Whether it is the user's turn: only then do entities belong to what was said. */
export function isListening(latest: LatestAction | undefined): boolean {
  return (
    latest !== undefined &&
    ('actionName' in latest ? latest.actionName : latest.actionText) === 'action_listen'
  );
}
