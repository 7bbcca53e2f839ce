import type { DescMessage, DescMethod, MessageInitShape } from '@bufbuild/protobuf';
import { type Call, Encoded, type StreamItem } from './define.js';
import type { Gate } from './gate.js';
import { encode } from './message.js';

export type StreamItems = AsyncIterable<StreamItem<MessageInitShape<DescMessage>>>;

/** Sends an item; a promise where nothing more should come until it resolves. */
type Send = (bytes: Uint8Array) => Promise<void> | undefined;

/**
 * Carries out a call that is answered by a stream, from the handler's items to bytes: the same for a call of its own
 * and for one of a pipeline. Resolves at the end, also where the call was cancelled before, and then what the handler
 * had is given up. The handler has begun when this returns.
 */
export function relay(
  method: DescMethod,
  begin: () => StreamItems,
  { signal }: Call,
  gate: Gate,
  send: Send,
): Promise<void> {
  const note = (error: unknown) => {
    if (!signal.aborted) gate.failed(method.name, error);
    throw error;
  };
  // Not async: it would keep the request for as long as the stream is open.
  try {
    return passAllOn(begin()[Symbol.asyncIterator](), method.output, signal, send).catch(note);
  } catch (error) {
    return Promise.reject(error).catch(note);
  }
}

type Items = ReturnType<StreamItems[typeof Symbol.asyncIterator]>;

/** By callbacks: an async loop would keep an item until the next one comes, or cost a function for each. */
function passAllOn(items: Items, schema: DescMessage, signal: AbortSignal, send: Send): Promise<void> {
  const passed = new Promise<void>((resolve, reject) => {
    const pull = (): void => {
      items.next().then(passOn, reject);
    };
    const passOn = ({ value: item, done }: Awaited<ReturnType<Items['next']>>): void => {
      try {
        if (done || signal.aborted) {
          resolve();
          return;
        }
        const full = send(item instanceof Encoded ? item.bytes : encode(schema, item));
        if (full) full.then(pull, reject);
        else pull();
      } catch (error) {
        reject(error);
      }
    };
    pull();
  });
  return passed.finally(async () => {
    await items.return?.();
  });
}
