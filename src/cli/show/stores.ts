import { type Store, StoreSchema } from '@trackside/client/gen/trackside/v1/store_service_pb.js';
import { objectLine } from '../json.js';
import type { CommonOptions } from '../options.js';
import { writerOf } from '../output.js';
import { withServer } from '../server.js';
import { listing } from '../table.js';

/** `trackside show store`: prints what the services keep their content in. */
export async function showStores({ address, json }: CommonOptions): Promise<void> {
  const write = writerOf(process.stdout);
  await withServer(address, async ({ store }) => {
    const { stores } = await store.describeStores({});
    if (json) await write(stores.map((one) => objectLine(StoreSchema, one)).join(''));
    else await write(stores.map(described).join('\n'));
  });
}

function described({ services, engine, location, durability, warnings }: Store): string {
  return listing([
    ['services', services.join(', ')],
    ['engine', engine],
    ['location', location],
    ['durability', durability],
    ...warnings.map((warning) => ['warning', warning]),
  ]);
}
