import type { DescMessage, DescMethod, Message, MessageInitShape } from '@bufbuild/protobuf';
import type { Call } from './define.js';
import { type Gate, pass } from './gate.js';
import { decode, encode } from './message.js';

/** A unary method with what answers it. */
export interface UnaryMethod {
  readonly method: DescMethod;
  readonly handler: (request: Message, call: Call) => Promise<MessageInitShape<DescMessage>>;
}

/**
 * Carries out a unary call, from request to response in bytes: the same for a call of its own and for one of a
 * pipeline. The handler has begun when this returns.
 */
export function perform(
  { method, handler }: UnaryMethod,
  request: Uint8Array,
  call: Call,
  gate: Gate,
): Promise<Uint8Array> {
  return pass(gate, method.name, async () =>
    encode(method.output, await handler(decode(method.input, request), call)),
  );
}
