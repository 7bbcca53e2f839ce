import { create } from '@bufbuild/protobuf';
import {
  DeleteLockResponseSchema,
  GetLockResponseSchema,
  type Holding,
  HoldingKind,
  type Lock,
  LockSchema,
  type Waiter,
} from '@trackside/client/gen/trackside/v1/lock_service_pb.js';
import { CommandError } from '../exit.js';
import { objectLine } from '../json.js';
import type { CommonOptions } from '../options.js';
import { writerOf } from '../output.js';
import { pagesOf } from '../pages.js';
import { harmless, type Paint, paintFor } from '../paint.js';
import { withServer } from '../server.js';
import { listing, tableOf } from '../table.js';
import { timeText } from '../time.js';

export interface ListOptions extends CommonOptions {
  readonly prefix?: string;
}

/** `trackside lock list`: prints the locks that are held. */
export async function list({ address, json, prefix = '' }: ListOptions): Promise<void> {
  const write = writerOf(process.stdout);
  const table = tableOf(['LOCK', 'OWNER', 'FENCE', 'SINCE', 'WAITING'], paintFor(process.stdout));
  await withServer(address, async ({ lock }) => {
    const pages = pagesOf((pageToken) => lock.listLocks({ lockIdPrefix: prefix, pageSize: 1000, pageToken }));
    for await (const { locks } of pages) {
      const lines = locks.map((lock) => objectLine(LockSchema, lock));
      await write(json ? lines.join('') : table(locks.map(lockRow)));
    }
  });
}

/** `trackside lock show NAME`: prints who holds a lock and who waits for it. */
export async function show(lockId: string, { address, json }: CommonOptions): Promise<void> {
  const { stdout } = process;
  const write = writerOf(stdout);
  await withServer(address, async (connection) => {
    const response = await connection.lock.getLock({ lockId });
    const { lock, waiters } = response;
    if (!lock) throw new CommandError(`nobody holds lock ${JSON.stringify(lockId)}`);
    if (json) return write(objectLine(GetLockResponseSchema, response));
    return write(holderText(lock) + waitersText(waiters, paintFor(stdout)));
  });
}

/** `trackside lock delete NAME`: ends the holding that a lock has, and prints which; none to end is as good. */
export async function remove(lockId: string, { address, json }: CommonOptions): Promise<void> {
  const write = writerOf(process.stdout);
  await withServer(address, async ({ lock: locks }) => {
    const { lock } = await locks.getLock({ lockId });
    // Just the holding that is told of, never that of the next in line.
    const fence = lock?.holder?.fence;
    const response = fence ? await locks.deleteLock({ lockId, fence }) : create(DeleteLockResponseSchema);
    const ended = response.deleted ? lock?.holder : undefined;
    if (!json) return write(ended ? `ended the holding of ${holderName(ended)}\n` : 'ended no holding\n');
    const holding = ended ? { fence: ended.fence, owner: ended.owner } : {};
    return write(objectLine(DeleteLockResponseSchema, response, { lock_id: lockId, ...holding }));
  });
}

function lockRow({ lockId, holder, waiting }: Lock): string[] {
  return [lockId, holder!.owner, `${holder!.fence}`, timeText(holder!.grantTime), `${waiting}`];
}

function holderText({ holder, waiting }: Lock): string {
  const { owner, fence, kind, grantTime, expireTime, interrupted } = holder!;
  return listing([
    ...(owner === '' ? [] : [['owner', owner]]),
    ['fence', `${fence}`],
    ['kept by', keepers[kind]],
    ['since', timeText(grantTime)],
    ['until', `${timeText(expireTime)}, if it is not renewed`],
    ...(interrupted ? [['asked', 'to let go']] : []),
    ['waiting', `${waiting}`],
  ]);
}

const keepers: Readonly<Record<HoldingKind, string>> = {
  [HoldingKind.UNSPECIFIED]: '',
  [HoldingKind.LEASE]: 'RenewLock',
  [HoldingKind.STREAM]: 'an open stream',
  [HoldingKind.CLAIM]: "a message's claim",
};

function waitersText(waiters: readonly Waiter[], paint: Paint): string {
  const table = tableOf(['WAITS SINCE', 'OWNER'], paint);
  return table(waiters.map(({ requestTime, owner }) => [timeText(requestTime), owner]));
}

/** By its owner where there is one; the fence tells it from others. */
function holderName({ owner, fence }: Holding): string {
  return owner === '' ? `fence ${fence}` : `${harmless(owner)}, fence ${fence}`;
}
