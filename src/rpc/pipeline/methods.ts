import type { DescMessage, DescMethod, Message } from '@bufbuild/protobuf';
import { PipelineRequestSchema, PipelineResponseSchema } from '#gen/trackside/v1/pipeline_service_pb.js';
import type { Call, Served } from '../define.js';
import type { StreamItems } from '../streaming.js';
import type { UnaryMethod } from '../unary.js';

/** A method that is answered by a stream, with what answers it. */
interface StreamingMethod {
  readonly method: DescMethod;
  readonly handler: (request: Message, call: Call) => StreamItems;
}

/** A method as a pipeline calls it. */
export type PipelineMethod = (
  | ({ readonly kind: 'unary' } & UnaryMethod)
  | ({ readonly kind: 'streaming' } & StreamingMethod)
) & {
  /** The number of its response's field. */
  readonly responseField: number;
};

/**
 * The methods of these services by the number of their request's field: every unary one, and those that are answered by
 * a stream and have a field.
 */
export function pipelineMethods(services: readonly Served[]): ReadonlyMap<number, PipelineMethod> {
  const methods = new Map<number, PipelineMethod>();
  for (const { service, handlers } of services) {
    for (const method of service.methods) {
      const kind = kindOf(method);
      if (!kind) continue;
      const requestField = fieldOf(PipelineRequestSchema, method.input);
      const responseField = fieldOf(PipelineResponseSchema, method.output);
      const handler = handlers[method.localName];
      methods.set(requestField, { kind, method, handler, responseField } as PipelineMethod);
    }
  }
  return methods;
}

function kindOf(method: DescMethod): PipelineMethod['kind'] | undefined {
  if (method.methodKind === 'unary') return 'unary';
  const isCarried =
    method.methodKind === 'server_streaming' && findField(PipelineRequestSchema, method.input);
  return isCarried ? 'streaming' : undefined;
}

function fieldOf(frame: DescMessage, message: DescMessage): number {
  const field = findField(frame, message);
  if (!field) throw new Error(`${frame.file.name}.proto: ${frame.name} has no field of ${message.name}`);
  return field.number;
}

function findField(frame: DescMessage, message: DescMessage) {
  return frame.oneofs[0]!.fields.find((one) => one.message?.typeName === message.typeName);
}
