import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ClientOf, clientOf } from '@trackside/client';
import { Health, HealthCheckResponse_ServingStatus as Status } from '#gen/grpc/health/v1/health_pb.js';
import { append, failureOf, some, upTo } from './calls.js';
import { cleanUp, type Sidecar, startSidecar, temporaryFolder } from './sidecar.js';

let sidecar: Sidecar;
let health: ClientOf<typeof Health>;
beforeEach(async () => {
  const storage = `sqlite:${join(await temporaryFolder(), 'trackside.db')}`;
  sidecar = await startSidecar({ storage, env: { TRACKSIDE_LIMITS_CALLS: '1' } });
  health = clientOf(Health, sidecar.connection.channel);
});
afterEach(cleanUp);

const service = 'trackside.v1.TrackerService';

describe('while the sidecar serves', () => {
  test('Check and List tell so of the whole and of each service', async () => {
    expect(await health.check({})).toMatchObject({ status: Status.SERVING });
    expect(await health.check({ service })).toMatchObject({ status: Status.SERVING });
    const { statuses } = await health.list({});
    const services = ['Cache', 'Lock', 'Pipeline', 'Queue', 'Record', 'Store', 'Tracker'];
    expect(Object.keys(statuses).sort()).toEqual([
      '',
      ...services.map((name) => `trackside.v1.${name}Service`),
    ]);
    expect(Object.values(statuses).every(({ status }) => status === Status.SERVING)).toBe(true);
  });

  test('Check of a service that is not there is NOT_FOUND', async () => {
    const failure = await failureOf(health.check({ service: 'trackside.v1.ClockService' }));
    expect(failure).toMatchObject({ code: 'NOT_FOUND', reason: 'SERVICE_NOT_FOUND' });
  });

  test('Watch of a service that is not there says so and goes on', async () => {
    const watch = health.watch({ service: 'nothing' })[Symbol.asyncIterator]();
    expect((await watch.next()).value).toMatchObject({ status: Status.SERVICE_UNKNOWN });
    const more = watch.next();
    const soon = new Promise((resolve) => setTimeout(resolve, 200, 'nothing yet'));
    expect(await Promise.race([more.catch(() => 'ended'), soon])).toBe('nothing yet');
  });

  test('it is told also where no other call is taken', async () => {
    const refused: unknown[] = [];
    for (const round of upTo(5)) {
      const appends = upTo(20).map((n) =>
        append(sidecar.tracker, `${round}-${n}`, some(100)).catch((error) => refused.push(error)),
      );
      const checks = await Promise.all(upTo(20).map(() => health.check({})));
      expect(checks.every(({ status }) => status === Status.SERVING)).toBe(true);
      await Promise.all(appends);
    }
    expect(refused.length).toBeGreaterThan(0);
  });
});

test.each(['', service])('on SIGTERM Watch of "%s" tells NOT_SERVING, then ends', async (name) => {
  const watch = health.watch({ service: name })[Symbol.asyncIterator]();
  expect((await watch.next()).value).toMatchObject({ status: Status.SERVING });
  const exit = sidecar.end('SIGTERM');
  expect((await watch.next()).value).toMatchObject({ status: Status.NOT_SERVING });
  expect(await failureOf(watch.next())).toMatchObject({ code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' });
  expect(await exit).toEqual({ code: 0, signal: null });
  expect((await failureOf(health.check({}))).code).toBe('UNAVAILABLE');
});
