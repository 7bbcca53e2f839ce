import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { partitionOf } from '#src/storage/partition.js';
import { open } from '#src/storage/registry.js';
import { call, deletion, erase, stored } from '../conformance/tools.js';
import { isThere, serverNamed } from '../servers/servers.js';
import { inNamespace, newNamespace, removeNamespace, shared, stopShared } from './redis-tools.js';

afterAll(stopShared);

for (const name of ['redis', 'redis-sentinel', 'redis-cluster']) {
  (isThere(serverNamed(name)) ? describe : describe.skip)(`hints on ${name}`, () => {
    test('tell other processes of appends and erasures, not the one that wrote', async () => {
      const { url } = await shared(name);
      const namespace = newNamespace();
      const [writer, reader] = await Promise.all([
        open(inNamespace(url, namespace), { partitions: 4 }),
        open(inNamespace(url, namespace), { partitions: 4 }),
      ]);
      const heard: { who: string; partition: number }[] = [];
      const listening = await Promise.all([
        writer.tracker!.onAppend!((partition) => heard.push({ who: 'writer', partition })),
        reader.tracker!.onAppend!((partition) => heard.push({ who: 'reader', partition })),
      ]);
      // The first hints say that some may have been missed.
      await until(() => heard.length === 8);
      await sleep(100);
      heard.length = 0;

      const partition = partitionOf('c', 4);
      await stored(writer.tracker!, call('c', 'a'));
      await until(() => heard.length === 1);
      await erase(writer.tracker!, 'c', deletion);
      await until(() => heard.length === 2);
      expect(heard).toEqual([
        { who: 'reader', partition },
        { who: 'reader', partition },
      ]);

      const began = Date.now();
      for (let i = 0; i < 200; i++) await stored(writer.tracker!, call('c', `many-${i}`));
      await sleep(50);
      expect(heard.length).toBeGreaterThan(2);
      expect(heard.length).toBeLessThan((Date.now() - began) / 3);

      for (const one of [...listening, writer, reader]) await one[Symbol.asyncDispose]();
      await removeNamespace(url, namespace);
    }, 60_000);
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 1) {
    if (waited > 2_000) throw new Error('it does not come');
    await sleep(1);
  }
}
