/** A process for the tests to kill: `hold`, `append`, `scrub` or `queue`, and a path. Says each thing that is done. */
import { open } from '#src/storage/sqlite/index.js';
import { newClaim, newMessage, newTicket, second } from './sqlite-lines.js';
import { newAppend } from './sqlite-tools.js';

const [, , task, path] = process.argv;
const backend = await open(path!, { partitions: undefined });
const store = backend.tracker!;
const say = (text: string) => process.stdout.write(`${text}\n`);

switch (task) {
  case 'hold':
    say('open');
    setInterval(() => {}, 1000);
    break;
  case 'append':
    for (let i = 1; ; i++) {
      const appends = [1, 2, 3].map((n) => newAppend(`conversation-${n}`, `${i}`, 2));
      await store.append(appends);
      say(`${i}`);
    }
  case 'scrub':
    await store.append([newAppend('deleted', 'all', 1000)]);
    await store.erase({
      kind: 'delete',
      conversationId: 'deleted',
      requestId: 'r',
      digest: 'd',
      expectedSequence: 1000,
    });
    while (await store.scrub(1, 0)) say('scrubbed');
    break;
  case 'queue': {
    const hour = 3_600 * second;
    const held = await backend.lock!.enter(newTicket('held', 'r', { lifetime: hour }), Date.now() * 1_000);
    if (held.status === 'granted') say(`held ${held.grant.fence}`);
    for (let i = 1; ; i++) await work(`${process.pid}.${i}`, `group-${i % 7}`);
  }
}

/** Pushes two messages and acknowledges what it claims, but for one; says which before and after. */
async function work(round: string, groupId: string): Promise<void> {
  const [queue, now] = [backend.queue!, Date.now() * 1_000];
  const entering = backend.lock!.enter(newTicket(round, 'r'), now);
  await queue.push([newMessage('q', `${round}.1`, { groupId }), newMessage('q', `${round}.2`)], now);
  say(`pushed "${round}.1"`);
  say(`pushed "${round}.2"`);
  const entered = await entering;
  if (entered.status === 'granted') await backend.lock!.release(round, entered.grant.fence, now);
  const claimed = await queue.claim(newClaim('q', { maxMessages: 3 }), now);
  const [nacked, ...acked] = claimed.status === 'claimed' ? claimed.deliveries : [];
  for (const { message } of acked) say(`acking ${message.value}`);
  await queue.settle(
    [
      ...acked.map(({ receipt }) => ({ kind: 'ack', receipt }) as const),
      ...(nacked ? [{ kind: 'nack', receipt: nacked.receipt, delay: undefined } as const] : []),
    ],
    now,
  );
  for (const { message } of acked) say(`acked ${message.value}`);
}
