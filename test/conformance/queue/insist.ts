import { setTimeout as sleep } from 'node:timers/promises';
import { CallError } from '@trackside/client';
import type { Sidecar } from '../../e2e/sidecar.js';
import { isStoreFailure, type Site } from '../writer.js';

/** Tries a call until it is answered, however often the process is killed or the store fails meanwhile. */
export async function insist<Answer>(
  site: Site,
  call: (sidecar: Sidecar) => Promise<Answer>,
): Promise<Answer> {
  for (;;) {
    const answer = await attempt(site, call);
    if (answer !== undefined) return answer;
  }
}

/** Tries a call once; undefined where it is open what became of it. */
export async function attempt<Answer>(
  site: Site,
  call: (sidecar: Sidecar) => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await call(await site.sidecar);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const { reason = 'CANCELLED' } = error;
    const isOpen = reason === 'SHUTTING_DOWN' || reason === 'CANCELLED';
    if (!isOpen && !isStoreFailure(reason, site)) throw error;
    await sleep(5);
    return undefined;
  }
}
