import { expect, test } from '@jest/globals';
import { declare, type Harness } from './harness.js';
import { atomic } from './promises/atomic.js';
import { conditional } from './promises/conditional.js';
import { durable } from './promises/durable.js';
import { erasable } from './promises/erasable.js';
import { fenced } from './promises/fenced.js';
import { forgotten } from './promises/forgotten.js';
import { histories } from './promises/histories.js';
import { idempotent } from './promises/idempotent.js';
import { known } from './promises/known.js';
import { lists } from './promises/lists.js';
import { log } from './promises/log.js';
import { paging } from './promises/paging.js';
import { sessions } from './promises/sessions.js';
import { verbatim } from './promises/verbatim.js';

const groups = {
  durable,
  atomic,
  idempotent,
  conditional,
  fenced,
  verbatim,
  erasable,
  'the log': log,
  sessions,
  paging,
  known,
  lists,
};

/** Declares the tracker's promises on a backend, through its ports, with one partition and with several. */
export function runTrackerConformance(harness: Harness): void {
  for (const partitions of [1, 3]) {
    declare(harness, partitions, (it) => {
      for (const [promise, group] of Object.entries(groups)) {
        group((behaviour, body) => it(`${promise}: ${behaviour}`, body));
      }
      histories(harness, partitions);
    });
  }
  forgotten(harness);
  if (harness.skip) return;
  test(`${harness.name} offers ${harness.offers.join(', ')}`, async () => {
    const { backend, destroy } = await harness.open({ partitions: 1 });
    const stores = ['tracker', 'lock', 'queue', 'cache', 'record'].filter((name) => name in backend);
    await backend.ping();
    await destroy();
    expect(stores).toEqual(harness.offers);
  });
}
