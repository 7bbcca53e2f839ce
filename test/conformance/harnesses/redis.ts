import { afterAll } from '@jest/globals';
import { open } from '#src/storage/redis/index.js';
import {
  inNamespace,
  newNamespace,
  removeNamespace,
  shared,
  stopShared,
} from '../../backends/redis-tools.js';
import { isThere, serverNamed } from '../../servers/servers.js';
import type { Harness } from '../harness.js';

export const redis = harness('redis');
export const redisSentinel = harness('redis-sentinel');
export const redisCluster = harness('redis-cluster');

/** A server of test/servers, one for all tests of a file; each test has a namespace of its own. */
function harness(name: string): Harness {
  const kind = serverNamed(name);
  afterAll(stopShared);
  return {
    name,
    offers: ['tracker', 'lock', 'queue', 'cache', 'record'],
    durability: 'persisted',
    reopens: true,
    expires: true,
    ...(!isThere(kind) && { skip: `there is no ${kind.program}` }),
    async open(options) {
      const { url: server } = await shared(name);
      const namespace = newNamespace();
      const url = inNamespace(server, namespace);
      const [scheme, location] = [url.slice(0, url.indexOf(':')), url.slice(url.indexOf(':') + 1)];
      let backend = await open(location, { ...options, clock: 'caller' }, scheme);
      return {
        backend,
        reopen: async () => {
          await backend[Symbol.asyncDispose]();
          backend = await open(location, { ...options, partitions: undefined, clock: 'caller' }, scheme);
          return backend;
        },
        destroy: async () => {
          await backend[Symbol.asyncDispose]();
          await removeNamespace(server, namespace);
        },
      };
    },
  };
}
