import { open } from '#src/storage/memory/index.js';
import type { Harness } from '../harness.js';

export const memory: Harness = {
  name: 'memory',
  offers: ['tracker', 'lock', 'queue', 'cache', 'record'],
  durability: 'volatile',
  reopens: false,
  expires: true,
  async open(options) {
    const backend = await open('', options);
    return {
      backend,
      reopen: async () => backend,
      destroy: async () => backend[Symbol.asyncDispose](),
    };
  },
};
