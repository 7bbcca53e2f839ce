// A bot's worker: takes one turn after the other, of whichever conversation has one. Start as many as you like,
// and kill them when you like.
import { CallError, connect, retrying } from '@trackside/client';
import { think } from './bot.mjs';
import { address, patienceMs, queueId, unpack } from './inbox.mjs';

const { queue, tracker } = connect(address);
const worker = `worker ${process.pid}`;

/** Longer than a turn takes: one that outlasts it is begun again. A killed worker's conversation waits so long. */
const lease = { seconds: 2n };

for (;;) {
  // The claim of a message is the lock of its conversation.
  const request = { queueId, owner: worker, lease, waitDuration: { seconds: 60n } };
  const { deliveries } = await retrying(() => queue.claimMessages(request), patienceMs);
  for (const delivery of deliveries) await retrying(() => takeTurn(delivery), patienceMs);
}

/**
 * Answers a message. Wherever it breaks off, it can be done again, by this worker or by another one.
 * @param {import('@trackside/client/gen/trackside/v1/queue_service_pb.js').Delivery} delivery
 */
async function takeTurn({ message, receipt, fence }) {
  if (!message) return;
  const conversationId = message.groupId;
  try {
    // With the fence: from here on nobody can write who had the conversation before.
    const { tracker: read } = await tracker.getTracker({ conversationId, fence });
    const events = await answer(message, read?.events ?? []);
    // With the message's id: the turn is stored once, whoever stores it.
    await tracker.appendEvents({ conversationId, events, appendId: message.messageId, fence });
  } catch (error) {
    const reason = error instanceof CallError ? error.reason : undefined;
    // The lease was over, and another worker has the turn.
    if (reason === 'FENCE_STALE') return console.log(`${worker}: lost its turn in ${conversationId}`);
    if (reason !== 'APPEND_ID_REUSED') throw error;
    // The turn is in the log, by a worker that was killed before its ack.
    console.log(`${worker}: found its turn in ${conversationId} done`);
  }
  // Does nothing where the lease was over: whoever gets the message then finds the turn done.
  await queue.ackMessages({ queueId, receipts: [receipt] });
}

/**
 * The turn's events: what the user said and what the bot says to it.
 * @param {import('@trackside/client/gen/trackside/v1/queue_service_pb.js').Message} message
 * @param {readonly { type: string }[]} before
 */
async function answer(message, before) {
  const said = unpack(message);
  const turn = before.filter(({ type }) => type === 'user').length + 1;
  const user = { event: 'user', text: said };
  const metadata = { worker: process.pid, attempt: message.attempts };
  const bot = { event: 'bot', text: await think(turn, said), metadata };
  return [user, bot].map((event) => ({ type: event.event, data: JSON.stringify(event) }));
}
