import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import {
  inNamespace,
  newNamespace,
  removeNamespace,
  shared,
  stopShared,
} from '../../backends/redis-tools.js';
import { cleanUp, startSidecar } from '../../e2e/sidecar.js';
import { isThere, serverNamed } from '../../servers/servers.js';
import * as locks from '../lock/validators.js';
import { locksOf } from './observations.js';
import { playWorkers } from './workers.js';

afterEach(cleanUp);
afterAll(stopShared);

/** From the call that ends a holding to the next one's grant at another client, on a busy machine. */
const promptness = 2_000_000;

for (const name of ['redis', 'redis-sentinel', 'redis-cluster']) {
  (isThere(serverNamed(name)) ? describe : describe.skip)(`several sidecars on ${name}`, () => {
    test('keep the promises of locks and queues together, over gRPC', async () => {
      const { url } = await shared(name);
      const namespace = newNamespace();
      const options = {
        storage: inNamespace(url, namespace),
        env: { TRACKSIDE_TRACKER_PARTITIONS: '1' },
      };
      const sidecars = [startSidecar(options), startSidecar(options), startSidecar(options)];
      await Promise.all(sidecars);
      let calls = 0;
      const site = {
        get sidecar() {
          calls += 1;
          return sidecars[calls % sidecars.length]!;
        },
      };
      const { seen } = await playWorkers(site, () => sleep(3_000));
      locks.prompt(locksOf(seen), promptness);
      const count = (what: string) => seen.filter((one) => one.what === what).length;
      expect(count('granted')).toBeGreaterThan(10);
      expect(count('settled')).toBeGreaterThan(10);
      await cleanUp();
      await removeNamespace(url, namespace);
    }, 60_000);
  });
}
