import { shuttingDown } from '../errors.js';
import { steadyNow } from '../storage/clock.js';
import type { Acquired, Ask } from './ask.js';
import { leaseLost, vanished as vanishedError } from './refusals.js';
import { type Room, Visit } from './visit.js';

/**
 * Takes a lock for a lifetime, or waits for it. A call that ends without the grant leaves no ticket; a grant that
 * comes at that very moment is answered, or passed on where nobody is there for the answer.
 */
export async function acquire(room: Room, ask: Ask, vanished: AbortSignal): Promise<Acquired> {
  const visit = new Visit(room, ask, false, vanished);
  const { seat } = visit;
  try {
    do {
      const holder = await visit.enter();
      if (holder) return { grant: undefined, holder };
      while (seat.standing.kind === 'waiting' && !visit.over) await seat.changed();
    } while (seat.standing.kind === 'outside' && !visit.over);
    if (seat.standing.kind === 'waiting' && visit.over !== 'vanished') await visit.stepOut();
    return await answer(room, visit);
  } finally {
    visit.end();
  }
}

async function answer({ store, seats }: Room, visit: Visit): Promise<Acquired> {
  const { standing, lockId, ticket } = visit.seat;
  if (visit.over === 'vanished') {
    await visit.giveUp();
    throw vanishedError();
  }
  if (standing.kind === 'holding') {
    seats.answered(visit.seat);
    return { ticket: ticket!, grant: standing.grant };
  }
  if (standing.kind === 'lost') throw leaseLost(lockId, standing.fence, standing.ending);
  if (visit.over === 'closing') throw shuttingDown();
  const line = await store.get(lockId, 0, steadyNow());
  return { grant: undefined, holder: line?.holder };
}
