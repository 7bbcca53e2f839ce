import { readdirSync } from 'node:fs';
import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import { describe, expect, test } from '@jest/globals';
import { Health } from '#gen/grpc/health/v1/health_pb.js';
import { PipelineRequestSchema, PipelineResponseSchema } from '#gen/trackside/v1/pipeline_service_pb.js';
import { pipelineMethods } from './methods.js';

const folder = new URL('../../../gen/trackside/v1/', import.meta.url);

/** Every service that is generated for trackside.v1. */
async function services(): Promise<DescService[]> {
  const files = readdirSync(folder).filter((name) => name.endsWith('_service_pb.js'));
  const modules = await Promise.all(files.map((name) => import(new URL(name, folder).href)));
  const exported = modules.flatMap((module) => Object.values(module)) as { readonly kind?: string }[];
  return exported.filter((one): one is DescService => one.kind === 'service');
}

/** The streams that a pipeline carries beside unary methods. */
const streams = ['HoldLock'];

function isCarried({ name, methodKind }: DescMethod): boolean {
  return methodKind === 'unary' || streams.includes(name);
}

describe('a pipeline', () => {
  test('has every unary method of every service and HoldLock, under one number in both frames', async () => {
    const all = await services();
    expect(all.length).toBeGreaterThan(3);
    for (const service of all) {
      const served = { service: service as GenService<GenServiceMethods>, handlers: {} };
      const methods = pipelineMethods([served]);
      const carried = service.methods.filter(isCarried);
      expect([...methods.values()].map(({ method }) => method.name)).toEqual(carried.map(({ name }) => name));
      for (const [requestField, { responseField }] of methods) expect(requestField).toBe(responseField);
    }
  });

  test('has nothing else', async () => {
    const carried = (await services()).flatMap(({ methods }) => methods.filter(isCarried));
    const [call] = PipelineRequestSchema.oneofs;
    const [result] = PipelineResponseSchema.oneofs;
    expect(call!.fields).toHaveLength(carried.length + ['cancel'].length);
    expect(result!.fields).toHaveLength(carried.length + ['confirmation', 'status'].length);
  });

  test('is refused where a method has no line', () => {
    expect(() => pipelineMethods([{ service: Health, handlers: {} }])).toThrow(
      'trackside/v1/pipeline_service.proto: PipelineRequest has no field of HealthCheckRequest',
    );
  });
});
