import { open } from '#src/storage/memory/index.js';
import type { Harness } from '../harness.js';

export const memory: Harness = {
  name: 'memory',
  offers: ['tracker', 'cache', 'record'],
  durability: 'volatile',
  reopens: false,
  async open(partitions) {
    const backend = await open('', { partitions });
    return {
      backend,
      reopen: async () => backend,
      destroy: async () => backend[Symbol.asyncDispose](),
    };
  },
};
