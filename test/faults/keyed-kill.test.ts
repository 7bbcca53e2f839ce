import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { json, startKeyed } from '../e2e/keyed.js';
import { cleanUp, temporaryFolder } from '../e2e/sidecar.js';

const rounds = Number(process.env.TRACKSIDE_KILLS ?? 6);
const writers = 8;

afterAll(cleanUp);

test('lists and counters have each request once, however often the process is killed', async () => {
  const storage = `sqlite:${join(await temporaryFolder(), 'k.db')}`;
  const env = { TRACKSIDE_STORAGE_CACHE: storage };
  const acknowledged = Array.from({ length: writers }, () => 0);
  for (let round = 0; round < rounds; round++) {
    const { sidecar, record, cache } = await startKeyed({ storage, env });
    let killed = false;
    const write = async (writer: number) => {
      // The first of a round may have taken effect before the kill; under its id it is not done again.
      for (let n = acknowledged[writer]! + 1; !killed; n++) {
        const requestId = `${writer}-${n}`;
        try {
          await record.appendItems({ key: `list-${writer}`, items: [json(`${n}`)], requestId });
          await cache.incrementEntry({ key: `counter-${writer}`, requestId });
        } catch {
          return;
        }
        acknowledged[writer] = n;
      }
    };
    const all = Array.from({ length: writers }, (_, writer) => write(writer));
    await sleep(50 + Math.random() * 150);
    await sidecar.end('SIGKILL');
    killed = true;
    await Promise.all(all);
  }
  const { record, cache } = await startKeyed({ storage, env });
  expect(Math.min(...acknowledged)).toBeGreaterThan(0);
  for (const [writer, last] of acknowledged.entries()) {
    const { items, count } = await record.listItems({ key: `list-${writer}`, pageSize: 1_000 });
    expect(items.map(({ kind }) => kind.value)).toEqual(items.map((_, i) => `${i + 1}`));
    expect([last, last + 1]).toContain(Number(count));
    const { value } = await cache.incrementEntry({ key: `counter-${writer}`, delta: 0n });
    expect([last, last + 1]).toContain(Number(value));
  }
}, 60_000);
