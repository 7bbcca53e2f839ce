import type { Message } from '@bufbuild/protobuf';
import { Status } from 'nice-grpc';
import type { PipelineResponse } from '#gen/trackside/v1/pipeline_service_pb.js';
import { aborted, CallError, timedOut } from '../error.js';
import type { TimeoutOption } from '../options.js';
import type { PipelineMethod } from './methods.js';

export interface PipelinedOptions extends TimeoutOption {
  readonly signal?: AbortSignal;
}

/** A pipelined call, from its request to its end. */
export class PendingCall {
  readonly response: Promise<Message>;
  /** Its frame, all but the call_id. */
  readonly body: Uint8Array;
  readonly #method: PipelineMethod;
  #resolve!: (response: Message) => void;
  #reject!: (error: CallError) => void;
  #release: (() => void) | undefined;
  #settled = false;

  constructor(method: PipelineMethod, body: Uint8Array, { timeoutMs, signal }: PipelinedOptions) {
    this.#method = method;
    this.body = body;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (timeoutMs !== undefined || signal) this.#limit(timeoutMs, signal);
  }

  get path(): string {
    return this.#method.path;
  }

  /** True once the caller has got an answer, or has given up. */
  get settled(): boolean {
    return this.#settled;
  }

  settle({ result }: PipelineResponse): void {
    const { path, responseCase } = this.#method;
    if (result.case === responseCase) {
      this.#end();
      this.#resolve(result.value as Message);
    } else if (result.case === 'status') {
      const { code, message } = result.value;
      this.fail(new CallError(path, code, message, result.value));
    } else {
      this.fail(new CallError(path, Status.INTERNAL, `the answer has no ${responseCase}`));
    }
  }

  fail(error: CallError): void {
    this.#end();
    this.#reject(error);
  }

  #limit(timeoutMs: number | undefined, signal: AbortSignal | undefined): void {
    const onAbort = () => this.fail(aborted(this.path));
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => this.fail(timedOut(this.path)), timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    if (signal?.aborted) onAbort();
  }

  #end(): void {
    this.#settled = true;
    this.#release?.();
  }
}
