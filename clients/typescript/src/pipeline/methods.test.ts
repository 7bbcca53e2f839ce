import { expect, test } from '@jest/globals';
import { Health } from '#gen/grpc/health/v1/health_pb.js';
import { CacheService } from '#gen/trackside/v1/cache_service_pb.js';
import { TrackerService } from '#gen/trackside/v1/tracker_service_pb.js';
import { pipelineMethodOf } from './methods.js';

test('unary methods of Trackside are pipelined', () => {
  expect(pipelineMethodOf(TrackerService.method.appendEvents)).toMatchObject({
    path: '/trackside.v1.TrackerService/AppendEvents',
    requestCase: 'appendEvents',
    responseCase: 'appendEvents',
  });
  for (const method of CacheService.methods) expect(pipelineMethodOf(method)).toBeDefined();
});

test('streams and methods of others are not', () => {
  expect(pipelineMethodOf(TrackerService.method.subscribeEvents)).toBeUndefined();
  expect(pipelineMethodOf(Health.method.check)).toBeUndefined();
});
