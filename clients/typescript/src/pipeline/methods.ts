import type { DescField, DescMessage, DescMethod } from '@bufbuild/protobuf';
import { PipelineRequestSchema, PipelineResponseSchema } from '#gen/trackside/v1/pipeline_service_pb.js';

/** A method that can be pipelined. */
export interface PipelineMethod {
  readonly input: DescMessage;
  readonly path: string;
  /** The fields of its request and its response in the frames, as the generated code names them. */
  readonly requestCase: string;
  readonly responseCase: string;
}

/** How to pipeline a method; undefined for streams, and for what the frames don't know. */
export function pipelineMethodOf(method: DescMethod): PipelineMethod | undefined {
  const request = fieldOf(PipelineRequestSchema, method.input);
  const response = fieldOf(PipelineResponseSchema, method.output);
  if (method.methodKind !== 'unary' || !request || !response) return undefined;
  return {
    input: method.input,
    path: `/${method.parent.typeName}/${method.name}`,
    requestCase: request.localName,
    responseCase: response.localName,
  };
}

function fieldOf(frame: DescMessage, message: DescMessage): DescField | undefined {
  return frame.oneofs[0]!.fields.find((field) => field.message?.typeName === message.typeName);
}
