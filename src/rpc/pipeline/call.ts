import type { Call } from '../define.js';
import type { PipelineMethod } from './methods.js';

/** The longest timer that Node has. */
const maxTimerMs = 2 ** 31 - 1;

/** A call in flight. Most never look at their signal and have no timeout: neither is made before it is wanted. */
export class PipelinedCall implements Call {
  readonly id: number;
  readonly method: PipelineMethod;
  #timer: NodeJS.Timeout | undefined;
  #aborter: AbortController | undefined;
  #cancelled = false;

  constructor(id: number, method: PipelineMethod) {
    this.id = id;
    this.method = method;
  }

  /** Whether nobody waits for the answer any more. */
  get cancelled(): boolean {
    return this.#cancelled;
  }

  get signal(): AbortSignal {
    this.#aborter ??= new AbortController();
    if (this.#cancelled) this.#aborter.abort();
    return this.#aborter.signal;
  }

  /** Calls back when the time has passed, unless the call has ended by then. */
  expire(timeoutMs: number, onTimeout: () => void): void {
    if (timeoutMs <= maxTimerMs) this.#timer = setTimeout(onTimeout, timeoutMs);
  }

  cancel(): void {
    this.#cancelled = true;
    this.#aborter?.abort();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
