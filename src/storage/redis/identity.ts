import { randomBytes } from 'node:crypto';
import { TracksideError } from '../../errors.js';
import { storeKey } from './layout.js';
import type { Runner } from './script.js';
import { scripts } from './scripts.js';

/** What tells a store apart from others. */
export interface Identity {
  readonly storeId: string;
  readonly epoch: string;
  readonly partitions: number;
}

const layoutVersion = 1;
const defaultPartitions = 16;

/** Reads what the namespace's store is, made where there is none; refuses one that is not this version's to serve. */
export async function identify(
  runner: Runner,
  namespace: string,
  partitions: number | undefined,
): Promise<Identity> {
  const fresh = [randomBytes(16).toString('base64url'), randomBytes(8).toString('base64url')];
  const args = [layoutVersion, ...fresh, partitions ?? defaultPartitions];
  const answer = (await runner.run(
    scripts.identify,
    [storeKey(namespace)],
    args,
    'text',
  )) as readonly string[];
  const [version, storeId, epoch, found] = answer as [string, string, string, string];
  if (Number(version) > layoutVersion) {
    throw refusal(
      `the store in the namespace ${namespace} was written by a newer Trackside (layout ${version}, this one ` +
        `knows ${layoutVersion}); use that version or a later one`,
    );
  }
  if (partitions !== undefined && Number(found) !== partitions) {
    throw refusal(
      `the store in the namespace ${namespace} has ${found} partitions, which is fixed when a store is made; ` +
        `ask for ${found}, or for none, instead of ${partitions}`,
    );
  }
  return { storeId, epoch, partitions: Number(found) };
}

/** How a partition says which store it belongs to. */
export function markOf({ storeId, epoch, partitions }: Identity): string {
  return `${storeId}/${epoch}/${partitions}`;
}

function refusal(message: string): TracksideError {
  return new TracksideError('INVALID_REQUEST', `storage: ${message}`);
}
