import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import type { MethodDefinition } from 'nice-grpc';

/** A generated service in the form that nice-grpc's clients and servers take. Requests may be plain objects. */
export type Definition<Methods extends GenServiceMethods> = {
  [Name in keyof Methods]: MethodDefinition<
    MessageInitShape<Methods[Name]['input']>,
    MessageShape<Methods[Name]['input']>,
    MessageInitShape<Methods[Name]['output']>,
    MessageShape<Methods[Name]['output']>,
    Methods[Name]['methodKind'] extends 'client_streaming' | 'bidi_streaming' ? true : false,
    Methods[Name]['methodKind'] extends 'server_streaming' | 'bidi_streaming' ? true : false
  >;
};

/** Turns a service that protobuf-es generated into a nice-grpc definition. */
export function definitionOf<Methods extends GenServiceMethods>(
  service: GenService<Methods>,
): Definition<Methods> {
  const methods = service.methods.map((method) => [
    method.localName,
    {
      path: `/${service.typeName}/${method.name}`,
      requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
      responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
      requestSerialize: encoder(method.input),
      requestDeserialize: decoder(method.input),
      responseSerialize: encoder(method.output),
      responseDeserialize: decoder(method.output),
      options: optionsOf(method.idempotency),
    },
  ]);
  return Object.fromEntries(methods) as Definition<Methods>;
}

function encoder<T extends DescMessage>(type: T): (value: MessageInitShape<T>) => Uint8Array {
  return (value) => toBinary(type, create(type, value));
}

function decoder<T extends DescMessage>(type: T): (bytes: Uint8Array) => MessageShape<T> {
  return (bytes) => fromBinary(type, bytes);
}

function optionsOf(level: Level): MethodDefinition<unknown, unknown, unknown, unknown>['options'] {
  if (level === Level.IDEMPOTENT) return { idempotencyLevel: 'IDEMPOTENT' };
  return level === Level.NO_SIDE_EFFECTS ? { idempotencyLevel: 'NO_SIDE_EFFECTS' } : {};
}
