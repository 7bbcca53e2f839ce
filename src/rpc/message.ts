import {
  create,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import { invalid, TracksideError } from '../errors.js';
import { findBadText } from './bad-text.js';

/** The largest request: the largest append with room for its frame. */
export const maxRequestBytes = 4 << 20;

/** A request; what is wrong with one that can't be read is told by field where possible. */
export function decode(schema: DescMessage, bytes: Uint8Array): Message {
  checkRequestSize(bytes);
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    const badText = findBadText(schema, bytes);
    if (badText !== undefined) throw invalid(badText, 'is not UTF-8; encode it as UTF-8');
    throw invalid('request', `is not a valid ${schema.typeName}: ${(cause as Error).message}`);
  }
}

export function checkRequestSize({ length }: Uint8Array): void {
  if (length <= maxRequestBytes) return;
  throw new TracksideError(
    'TOO_LARGE',
    `the request is ${length} bytes; at most ${maxRequestBytes} are allowed`,
    {
      metadata: { limit: 'request_bytes', max: `${maxRequestBytes}`, actual: `${length}` },
    },
  );
}

export function encode(schema: DescMessage, init: MessageInitShape<DescMessage>): Uint8Array {
  return toBinary(schema, create(schema, init));
}

/** grpc-js copies with Buffer's own methods. A view, not a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
