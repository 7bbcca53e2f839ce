import { Readable } from 'node:stream';
import { CallError } from '@trackside/client';
import { Status as Code } from 'nice-grpc';
import type { Status } from '#gen/google/rpc/status_pb.js';
import type { HoldLockResponse } from '#gen/trackside/v1/lock_service_pb.js';
import type { HoldClient } from './lock.js';
import { type Answer, openPipeline, type RawPipeline } from './pipeline.js';
import { connectTo } from './sidecar.js';

/** How HoldLock is called. */
export const ways = ['a call of its own', 'a pipeline'] as const;

export type Way = (typeof ways)[number];

/** A client of HoldLock on a connection of its own. */
export async function holdsBy(way: Way, address: string): Promise<HoldClient> {
  return way === 'a pipeline' ? new PipelinedHolds(await openPipeline(address)) : connectTo(address).lock;
}

/** HoldLock by the frames of one pipeline, as a client of calls of their own has it. */
class PipelinedHolds implements HoldClient {
  readonly #pipeline: RawPipeline;
  /** What came for each call. */
  readonly #answers = new Map<number, Readable>();
  #lastId = 0;

  constructor(pipeline: RawPipeline) {
    this.#pipeline = pipeline;
    void this.#receive().catch(() => {
      for (const answers of this.#answers.values()) answers.push(null);
    });
  }

  async *holdLock(
    ...[value, { signal } = {}]: Parameters<HoldClient['holdLock']>
  ): AsyncGenerator<HoldLockResponse> {
    const id = ++this.#lastId;
    const answers = new Readable({ objectMode: true, read: () => {} });
    this.#answers.set(id, answers);
    this.#pipeline.send(id, { case: 'holdLock', value });
    signal?.addEventListener('abort', () => this.#pipeline.send(id, { case: 'cancel', value: {} }));
    for await (const answer of answers as AsyncIterable<Answer>) {
      if (answer.kind === 'holdLock') yield answer.value as HoldLockResponse;
      else if (answer.code === 'OK') return;
      else throw toError(answer);
    }
    throw new Error('the pipeline ended before the call');
  }

  async #receive(): Promise<void> {
    for (;;) {
      const answer = await this.#pipeline.next();
      this.#answers.get(answer.callId)?.push(answer);
    }
  }
}

function toError({ code, value }: Answer): CallError {
  const status = value as Status;
  return new CallError('HoldLock', Code[code as keyof typeof Code], status.message, status);
}
