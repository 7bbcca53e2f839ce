import { symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { append, countEvents, some } from './calls.js';
import { json, startKeyed } from './keyed.js';
import { cleanUp, type Sidecar, temporaryFolder } from './sidecar.js';

afterEach(cleanUp);

interface StartLine {
  readonly msg: string;
  readonly stores: readonly object[];
}

function startLine({ lines }: Sidecar): StartLine {
  return JSON.parse(lines[0]!) as StartLine;
}

test('the first line of the log names each store once, with its services', async () => {
  const path = join(await temporaryFolder(), 'trackside.db');
  const { sidecar } = await startKeyed({ storage: `sqlite:${path}` });
  const { msg, stores } = startLine(sidecar);
  const durability = 'each commit flushed to disk (WAL, synchronous=FULL)';
  expect(stores).toEqual([
    { services: ['tracker', 'record', 'lock', 'queue'], engine: 'sqlite', location: path, durability },
    {
      services: ['cache'],
      engine: 'memory',
      location: 'this process',
      durability: 'none: gone with the process',
    },
  ]);
  expect(msg).toContain(
    `tracker, record, lock, queue in sqlite at ${path} (${durability}) and cache in memory`,
  );
});

test('spellings of one path are one store', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'a.db');
  await symlink(folder, join(folder, 'folder'));
  await symlink('a.db', join(folder, 'link.db'));
  const options = {
    storage: `sqlite:${folder}/./a.db`,
    env: {
      TRACKSIDE_STORAGE_TRACKER: `sqlite:${relative(process.cwd(), path)}`,
      TRACKSIDE_STORAGE_CACHE: `sqlite:${folder}/folder/link.db`,
    },
  };
  // At the first start the links lead to a file that is yet to be made.
  for (const start of [1, 2]) {
    const { sidecar, record, cache } = await startKeyed(options);
    expect(startLine(sidecar).stores).toMatchObject([
      { services: ['tracker', 'cache', 'record', 'lock', 'queue'], location: path },
    ]);
    await append(sidecar.tracker, 'a', some(1));
    await record.appendItems({ key: 'l', items: [json('1')] });
    await cache.incrementEntry({ key: 'n', delta: 1n });
    expect(await countEvents(sidecar.tracker, 'a')).toBe(start);
    expect(await record.countItems({ key: 'l' })).toMatchObject({ count: BigInt(start) });
    expect((await cache.getEntry({ key: 'n' })).entry!.value).toMatchObject(json(`${start}`));
    await sidecar.end('SIGTERM');
  }
});

test('services of different files are kept apart', async () => {
  const folder = await temporaryFolder();
  const { sidecar } = await startKeyed({
    storage: `sqlite:${folder}/a.db`,
    env: { TRACKSIDE_STORAGE_RECORD: `sqlite:${folder}/b.db` },
  });
  expect(startLine(sidecar).stores).toMatchObject([
    { services: ['tracker', 'lock', 'queue'], location: `${folder}/a.db` },
    { services: ['cache'] },
    { services: ['record'], location: `${folder}/b.db` },
  ]);
});
