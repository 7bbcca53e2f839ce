import { member } from '../json/slice.js';
import { Applied, isLoop, TAKES_BACK } from './applied.js';
import { actionOf, type FoldEvent, isListening, nameOf } from './event.js';
import type { Utterances } from './utterance.js';

/**
 * Adds to utterances the entities that undo and rewind don't take back. Rasa writes entities into the `user`
 * event itself: they stay there when the event that brought them is gone, and each undo or rewind, applying
 * events again, may bring them to another utterance.
 */
export function rememberEntities(events: readonly FoldEvent[], utterances: Utterances): void {
  const end = events.findLastIndex((event) => TAKES_BACK.has(event.type)) + 1;
  const first = events.findIndex((event) => event.type === 'entities');
  if (first < 0 || first >= end) return;
  const memory = new Memory(utterances);
  for (let i = 0; i < end; i++) memory.take(events, i);
}

class Memory {
  readonly #utterances: Utterances;
  readonly #names = new Map<FoldEvent, string | undefined>();
  readonly #loops = new Set<string>();
  /** How often each action was done since the last restart. */
  readonly #done = new Map<string, number>();
  #applied = this.#beginning();
  /** Whether an action done more than once turned out to be a loop's turn: what was applied looks different now. */
  #outdated = false;
  #user: FoldEvent | undefined;
  #action: FoldEvent | undefined;

  constructor(utterances: Utterances) {
    this.#utterances = utterances;
  }

  take(events: readonly FoldEvent[], i: number): void {
    const event = events[i]!;
    if (isLoop(event)) this.#learn(this.#nameOf(event));
    this.#applied.take(event);
    if (event.type === 'user') this.#user = event;
    else if (event.type === 'action') this.#act(event);
    else if (event.type === 'entities') this.#add(this.#user, this.#action, event);
    else if (event.type === 'restart' || event.type === 'session_started') this.#forget();
    else if (TAKES_BACK.has(event.type)) this.#applyAgain(events, i + 1);
  }

  #beginning(): Applied<FoldEvent> {
    return new Applied<FoldEvent>(this.#loops, (event) => this.#nameOf(event));
  }

  #nameOf(event: FoldEvent): string | undefined {
    if (!this.#names.has(event)) this.#names.set(event, nameOf(event));
    return this.#names.get(event);
  }

  #learn(loop: string | undefined): void {
    if (loop === undefined || this.#loops.has(loop)) return;
    this.#loops.add(loop);
    this.#outdated ||= (this.#done.get(loop) ?? 0) > 1;
  }

  #act(event: FoldEvent): void {
    if (!actionOf(event)) return;
    this.#action = event;
    const name = this.#nameOf(event);
    if (name !== undefined) this.#done.set(name, (this.#done.get(name) ?? 0) + 1);
  }

  #forget(): void {
    this.#user = undefined;
    this.#action = undefined;
    this.#done.clear();
  }

  #applyAgain(events: readonly FoldEvent[], end: number): void {
    if (this.#outdated) this.#beginAnew(events, end);
    for (const { user, action, entities } of this.#applied.moved()) this.#add(user, action, entities);
    this.#user = this.#applied.last('user');
    this.#action = this.#applied.last('action');
  }

  #beginAnew(events: readonly FoldEvent[], end: number): void {
    this.#applied = this.#beginning();
    for (let i = 0; i < end; i++) this.#applied.take(events[i]!);
    this.#outdated = false;
  }

  #add(user: FoldEvent | undefined, action: FoldEvent | undefined, entities: FoldEvent): void {
    if (!user || !action || !isListening(actionOf(action))) return;
    this.#utterances.of(user).add(member(entities.data, 'entities') ?? '[]');
  }
}
