import { member } from '../json/slice.js';
import { appliedEvents, TAKES_BACK } from './applied.js';
import { actionOf, type FoldEvent, isListening, type LatestAction, nameOf, textOf } from './event.js';
import { rememberEntities } from './remembered.js';
import { type DomainSlots, listValue } from './slots.js';
import { Utterance, Utterances } from './utterance.js';

export { appliedEvents, eventsAfterRestart } from './applied.js';
export type { FoldEvent, LatestAction } from './event.js';
export type { DomainSlots } from './slots.js';

/** What the events of a conversation add up to: Rasa's current_state. JSON texts are the events' own, to the letter. */
export interface TrackerState {
  /** Values by name, as JSON text. */
  readonly slots: ReadonlyMap<string, string>;
  /** What was understood of the last thing the user said, as JSON text. */
  readonly latestMessage: string;
  /** Of the last event, in microseconds since the epoch; undefined where there is none. */
  readonly latestEventTime: number | undefined;
  readonly followupAction: string | undefined;
  readonly paused: boolean;
  readonly activeLoop: ActiveLoop | undefined;
  readonly latestAction: LatestAction | undefined;
  /** Of the last `user` event, also of one that was taken back. */
  readonly latestInputChannel: string | undefined;
  /** The last `bot` event's data. */
  readonly latestBotUtterance: string | undefined;
}

export interface ActiveLoop {
  readonly name: string;
  readonly isInterrupted: boolean;
  readonly rejected: boolean;
  /** The message that started it, as JSON text. */
  readonly triggerMessage: string;
}

/**
 * Folds a conversation's events, oldest first, the way Rasa replays them live. Never throws: unknown types
 * change nothing, nor does an `action` or `slot` without a name. What isn't a string counts as no name, which
 * ends a loop and clears a followup. A `user` without parse_data said something that nobody understood; a
 * `slot` without value becomes null.
 *
 * With `initialSlots` these are the slots that exist, and what they start from; without, any name will do.
 */
export function fold(events: readonly FoldEvent[], slots: Partial<DomainSlots> = {}): TrackerState {
  const draft = newDraft(slots);
  rememberEntities(events, draft.utterances);
  for (const event of sinceReset(events)) STEPS.get(event.type)?.(draft, event);
  const lastUser = events.findLast((event) => event.type === 'user');
  return {
    slots: draft.slots,
    latestMessage: draft.utterance.message(),
    latestEventTime: events.at(-1)?.eventTime,
    followupAction: draft.followupAction,
    paused: draft.paused,
    activeLoop: draft.activeLoop && {
      name: draft.activeLoop.name,
      isInterrupted: draft.activeLoop.isInterrupted,
      rejected: draft.activeLoop.rejected,
      triggerMessage: draft.activeLoop.trigger.triggerMessage(),
    },
    latestAction: draft.latestAction,
    latestInputChannel: lastUser && textOf(member(lastUser.data, 'input_channel')),
    latestBotUtterance: draft.botUtterance?.data,
  };
}

/**
 * The events that make the state, from where it was last reset. Only the last undo or rewind needs to be
 * worked out: each begins with a reset and applies again what still counts.
 */
function sinceReset(events: readonly FoldEvent[]): readonly FoldEvent[] {
  const reset = events.findLastIndex((event) => RESETS.has(event.type));
  if (reset < 0 || !TAKES_BACK.has(events[reset]!.type)) return events.slice(Math.max(reset, 0));
  return [...appliedEvents(events.slice(0, reset + 1)), ...events.slice(reset + 1)];
}

const RESETS: ReadonlySet<string> = new Set([...TAKES_BACK, 'restart', 'session_started']);

interface Draft {
  readonly domain: Partial<DomainSlots>;
  readonly utterances: Utterances;
  slots: Map<string, string>;
  utterance: Utterance;
  botUtterance: FoldEvent | undefined;
  followupAction: string | undefined;
  paused: boolean;
  activeLoop: DraftLoop | undefined;
  latestAction: LatestAction | undefined;
}

interface DraftLoop {
  readonly name: string;
  readonly trigger: Utterance;
  isInterrupted: boolean;
  rejected: boolean;
}

function newDraft(domain: Partial<DomainSlots>): Draft {
  return {
    domain,
    utterances: new Utterances(),
    slots: new Map(domain.initialSlots),
    utterance: new Utterance(),
    botUtterance: undefined,
    followupAction: 'action_listen',
    paused: false,
    activeLoop: undefined,
    latestAction: undefined,
  };
}

type Step = (draft: Draft, event: FoldEvent) => void;

/** What each type of event does to the state; `session_started`, `undo` and `rewind` only reset it. */
const STEPS: ReadonlyMap<string, Step> = new Map<string, Step>([
  ['restart', restart],
  ['user', user],
  ['bot', bot],
  ['action', action],
  ['slot', slot],
  ['reset_slots', resetSlots],
  ['active_loop', activeLoop],
  ['form', activeLoop],
  ['loop_interrupted', loopInterrupted],
  ['form_validation', formValidation],
  ['action_execution_rejected', rejection],
  ['followup', followup],
  ['entities', entities],
  ['pause', pause],
  ['resume', resume],
]);

function restart(draft: Draft): void {
  draft.followupAction = 'action_session_start';
}

function user(draft: Draft, event: FoldEvent): void {
  draft.utterance = draft.utterances.of(event);
  draft.followupAction = undefined;
}

function bot(draft: Draft, event: FoldEvent): void {
  draft.botUtterance = event;
}

function action(draft: Draft, event: FoldEvent): void {
  const latest = actionOf(event);
  if (!latest) return;
  draft.latestAction = latest;
  draft.followupAction = undefined;
  if (!draft.activeLoop) return;
  draft.activeLoop.isInterrupted = false;
  if ('actionName' in latest && latest.actionName === draft.activeLoop.name)
    draft.activeLoop.rejected = false;
}

function slot(draft: Draft, event: FoldEvent): void {
  const name = nameOf(event);
  if (name === undefined || draft.domain.initialSlots?.has(name) === false) return;
  const value = member(event.data, 'value') ?? 'null';
  draft.slots.set(name, draft.domain.listSlots?.has(name) ? listValue(value) : value);
}

function resetSlots(draft: Draft): void {
  draft.slots = new Map(draft.domain.initialSlots);
}

function activeLoop(draft: Draft, event: FoldEvent): void {
  const name = nameOf(event);
  draft.activeLoop =
    name === undefined
      ? undefined
      : { name, trigger: draft.utterance, isInterrupted: false, rejected: false };
}

function loopInterrupted(draft: Draft, event: FoldEvent): void {
  if (draft.activeLoop) draft.activeLoop.isInterrupted = member(event.data, 'is_interrupted') === 'true';
}

/** The older spelling of loop_interrupted, the other way round. */
function formValidation(draft: Draft, event: FoldEvent): void {
  if (draft.activeLoop) draft.activeLoop.isInterrupted = member(event.data, 'validate') !== 'true';
}

function rejection(draft: Draft, event: FoldEvent): void {
  if (draft.activeLoop && nameOf(event) === draft.activeLoop.name) draft.activeLoop.rejected = true;
}

function followup(draft: Draft, event: FoldEvent): void {
  draft.followupAction = nameOf(event);
}

function entities(draft: Draft, event: FoldEvent): void {
  if (!isListening(draft.latestAction)) return;
  draft.utterance.add(member(event.data, 'entities') ?? '[]');
}

function pause(draft: Draft): void {
  draft.paused = true;
}

function resume(draft: Draft): void {
  draft.paused = false;
}
