import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from '#src/storage/sqlite/index.js';
import type { Harness } from '../harness.js';

export const sqlite: Harness = {
  name: 'sqlite',
  offers: ['tracker', 'lock', 'queue', 'cache', 'record'],
  durability: 'persisted',
  reopens: true,
  expires: false,
  async open(options) {
    const folder = await mkdtemp(join(tmpdir(), 'trackside-sqlite-'));
    const file = join(folder, 'trackside.db');
    let backend = await open(file, options);
    return {
      backend,
      reopen: async () => {
        await backend[Symbol.asyncDispose]();
        backend = await open(file, { ...options, partitions: undefined });
        return backend;
      },
      destroy: async () => {
        await backend[Symbol.asyncDispose]();
        await rm(folder, { recursive: true });
      },
    };
  },
};
