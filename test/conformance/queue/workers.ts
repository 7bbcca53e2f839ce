import type { Site } from '../writer.js';
import { acquire, consume, drain, pushTo, queueIds, waitForFree } from './crowd.js';
import { Diary } from './diary.js';
import { hold } from './hold.js';
import { judgeClients } from './judge.js';

/** Of the sidecars that run for longer than their default, a day. */
const dedupWindow = 86_400_000_000;

/** Lets many push, claim, settle, acquire and hold while something happens, and judges what all of them saw. */
export async function playWorkers(site: Site, happen: (diary: Diary) => Promise<void>): Promise<Diary> {
  const diary = new Diary();
  let isOver = false;
  const worker = (name: string) => ({ site, diary, name, stopped: () => isOver });
  const working = [
    ...queueIds.map((queueId, i) => pushTo(queueId, worker(`pusher-${i}`))),
    ...queueIds.flatMap((queueId, i) => [0, 1].map((n) => consume(queueId, worker(`consumer-${i}-${n}`)))),
    ...[0, 1, 2].map((i) => acquire(worker(`acquirer-${i}`))),
    ...[0, 1, 2].map((i) => hold(worker(`holder-${i}`))),
  ];
  const happening = happen(diary);
  await Promise.race([happening, Promise.all(working)]).finally(async () => {
    isOver = true;
    await Promise.allSettled([happening, ...working]);
  });
  await Promise.all([happening, ...working]);
  const left = await Promise.all(queueIds.map((queueId) => drain(queueId, worker('drain'))));
  judgeClients(diary.seen, dedupWindow);
  if (left.some((count) => count > 0n)) throw new Error(`At least once: ${left} messages never came`);
  await waitForFree(site);
  return diary;
}
