import { type FoldEvent, nameOf } from './event.js';

/** The types that take events back. */
export const TAKES_BACK: ReadonlySet<string> = new Set(['undo', 'rewind']);

/**
 * The events that still count, as in Rasa's applied_events: without what came before a restart or a session's
 * start, without what undo and rewind took back, and with the happy turns of a loop as one action.
 */
export function appliedEvents<E extends FoldEvent>(events: readonly E[]): E[] {
  const loops = loopNames(events);
  const applied = new Applied<E>(loops, loops.size > 0 ? nameOf : () => undefined);
  for (const event of events) applied.take(event);
  return applied.events();
}

/** The events behind the last restart, those that were taken back included. */
export function eventsAfterRestart<E extends FoldEvent>(events: readonly E[]): E[] {
  return events.slice(events.findLastIndex((event) => event.type === 'restart') + 1);
}

function loopNames(events: readonly FoldEvent[]): ReadonlySet<string | undefined> {
  const names = new Set<string | undefined>();
  for (const event of events) if (isLoop(event)) names.add(nameOf(event));
  names.delete(undefined);
  return names;
}

/** Whether an event begins a loop, or ends one. */
export function isLoop(event: FoldEvent): boolean {
  return event.type === 'active_loop' || event.type === 'form';
}

function isNamed(event: FoldEvent): boolean {
  return event.type === 'action' || event.type === 'action_execution_rejected' || isLoop(event);
}

function endsLoop(event: FoldEvent, name: string | undefined): boolean {
  return isLoop(event) && name === undefined;
}

/** An event that may have to be found again, and where it is. */
interface Mark<E> {
  readonly event: E;
  readonly name: string | undefined;
  readonly index: number;
}

const MARKED = new Set(['action', 'user', 'user_featurization', 'action_execution_rejected', 'entities']);
/** What a loop's happy turn is made of, and is forgotten when the loop runs again. */
const OF_A_TURN = new Set(['action', 'user', 'user_featurization']);

/** The events that still count while a conversation goes on. */
export class Applied<E extends FoldEvent> {
  readonly #loops: ReadonlySet<string | undefined>;
  readonly #nameOf: (event: FoldEvent) => string | undefined;
  /** Undefined where an event was dropped from between others. */
  #kept: (E | undefined)[] = [];
  #marks: Mark<E>[] = [];
  /** How many of the marks nothing has changed about, nor before them, since `moved` was last asked. */
  #settled = 0;

  /** Actions with the names of loops are the loops' turns. */
  constructor(loops: ReadonlySet<string | undefined>, name: (event: FoldEvent) => string | undefined) {
    this.#loops = loops;
    this.#nameOf = name;
  }

  events(): E[] {
    return this.#kept.filter((event) => event !== undefined);
  }

  /** The last of a type, before the mark of that number. */
  last(type: string, before = this.#marks.length): E | undefined {
    for (let i = before - 1; i >= 0; i--) {
      const { event } = this.#marks[i]!;
      if (event.type === type) return event;
    }
    return undefined;
  }

  /** The `entities` events that are new since the last call, or have others before them, each with these. */
  moved(): { readonly user: E | undefined; readonly action: E | undefined; readonly entities: E }[] {
    const moved = [];
    for (let i = this.#settled; i < this.#marks.length; i++) {
      const { event } = this.#marks[i]!;
      if (event.type !== 'entities') continue;
      moved.push({ user: this.last('user', i), action: this.last('action', i), entities: event });
    }
    this.#settled = this.#marks.length;
    return moved;
  }

  take(event: E): void {
    switch (event.type) {
      case 'restart':
      case 'session_started':
        this.#kept.length = 0;
        this.#marks.length = 0;
        this.#settled = 0;
        break;
      case 'undo':
        this.#takeBack('action');
        break;
      case 'rewind':
        this.#takeBack('user');
        this.#takeBack('action');
        break;
      default:
        this.#add(event);
    }
  }

  #add(event: E): void {
    const name = isNamed(event) ? this.#nameOf(event) : undefined;
    if (event.type === 'action' && this.#loops.has(name) && this.#goesOnHappily(name)) {
      this.#dropTurn(name);
      return;
    }
    if (MARKED.has(event.type) || endsLoop(event, name)) {
      this.#marks.push({ event, name, index: this.#kept.length });
    }
    this.#kept.push(event);
  }

  /** Takes back the last event of a type and all behind it; everything where there is none. */
  #takeBack(type: string): void {
    const last = this.#marks.findLastIndex((mark) => mark.event.type === type);
    this.#kept.length = last < 0 ? 0 : this.#marks[last]!.index;
    this.#marks.length = Math.max(last, 0);
    this.#settled = Math.min(this.#settled, this.#marks.length);
  }

  /** Whether the loop ran before, and nothing led away from it since. */
  #goesOnHappily(loop: string | undefined): boolean {
    let next: string | undefined;
    for (let i = this.#marks.length - 1; i >= 0; i--) {
      const {
        event: { type },
        name,
      } = this.#marks[i]!;
      if (type === 'active_loop' || type === 'form') return false;
      if (type === 'action_execution_rejected' && name === loop) return false;
      if (type === 'user' && next !== undefined && next !== loop) return false;
      if (type === 'action' && name === loop) return true;
      if (type === 'action') next = name;
    }
    return false;
  }

  /** Drops the turn behind the loop's last run. */
  #dropTurn(loop: string | undefined): void {
    const run = this.#marks.findLastIndex((mark) => mark.event.type === 'action' && mark.name === loop);
    const turn = this.#marks.splice(run + 1);
    this.#settled = Math.min(this.#settled, this.#marks.length);
    for (const mark of turn) {
      if (OF_A_TURN.has(mark.event.type)) this.#kept[mark.index] = undefined;
      else this.#marks.push(mark);
    }
  }
}
