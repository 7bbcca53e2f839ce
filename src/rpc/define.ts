import type {
  DescMethodBiDiStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';

/** What a handler knows of the call besides its request: nothing of the transport. */
export interface Call {
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** A stream's item: a message, or one that is encoded already. */
export type StreamItem<Init> = Init | Encoded;

/** A response's bytes. */
export class Encoded {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

type Handler<M> =
  M extends DescMethodUnary<infer I, infer O>
    ? (request: MessageShape<I>, call: Call) => Promise<MessageInitShape<O>>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageShape<I>, call: Call) => AsyncIterable<StreamItem<MessageInitShape<O>>>
      : M extends DescMethodBiDiStreaming<infer I, infer O>
        ? (
            requests: AsyncIterable<MessageShape<I>>,
            call: Call,
          ) => AsyncIterable<StreamItem<MessageInitShape<O>>>
        : never;

/** A service's handlers, one per method. */
export type Handlers<S> =
  S extends GenService<infer Methods extends GenServiceMethods>
    ? { readonly [Name in keyof Methods]: Handler<GenService<Methods>['method'][Name]> }
    : never;

/** A service with its handlers. */
export interface Served {
  readonly service: GenService<GenServiceMethods>;
  readonly handlers: Readonly<Record<string, unknown>>;
}

export function served<M extends GenServiceMethods>(
  service: GenService<M>,
  handlers: Handlers<GenService<M>>,
): Served {
  return { service, handlers };
}
