import type { DescMessage } from '@bufbuild/protobuf';
import { PipelineRequestSchema, PipelineResponseSchema } from '#gen/trackside/v1/pipeline_service_pb.js';
import type { Served } from '../define.js';
import type { UnaryMethod } from '../unary.js';

/** A unary method as a pipeline calls it. */
export interface PipelineMethod extends UnaryMethod {
  /** The number of its response's field. */
  readonly responseField: number;
}

/** The unary methods of these services by the number of their request's field. Every one of them has a field. */
export function pipelineMethods(services: readonly Served[]): ReadonlyMap<number, PipelineMethod> {
  const methods = new Map<number, PipelineMethod>();
  for (const { service, handlers } of services) {
    for (const method of service.methods) {
      if (method.methodKind !== 'unary') continue;
      const requestField = fieldOf(PipelineRequestSchema, method.input);
      const responseField = fieldOf(PipelineResponseSchema, method.output);
      const handler = handlers[method.localName] as UnaryMethod['handler'];
      methods.set(requestField, { method, handler, responseField });
    }
  }
  return methods;
}

function fieldOf(frame: DescMessage, message: DescMessage): number {
  const field = frame.oneofs[0]!.fields.find((one) => one.message?.typeName === message.typeName);
  if (!field) throw new Error(`${frame.file.name}.proto: ${frame.name} has no field of ${message.name}`);
  return field.number;
}
