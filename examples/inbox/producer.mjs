// The channel's side: puts what users say into the inbox. `node producer.mjs [FILE] [--conversations N]`
//
// Run it again, or twice at a time: nothing is pushed twice.
import { connect, retrying } from '@trackside/client';
import { readDialogues } from './dialogues.mjs';
import { address, pack, patienceMs, queueId } from './inbox.mjs';

const { queue, close } = connect(address);
const dialogues = await readDialogues();
const pushed = (await Promise.all(dialogues.map(say))).flat();
const repeats = pushed.filter(({ duplicate, refused }) => duplicate || refused).length;
console.log(`producer: ${pushed.length - repeats} messages pushed, ${repeats} had been pushed before`);
close();

/**
 * Pushes all that a user says, without waiting for answers.
 * @param {import('./dialogues.mjs').Dialogue} dialogue
 */
async function say({ conversationId, texts }) {
  const messages = texts.map((text, i) => ({
    // One at a time of a group is claimed, and holds the lock of that name.
    groupId: conversationId,
    // Refuses the message's repeat while it waits and for five minutes more. Take the id that your channel gives it.
    dedupId: `${conversationId}/${i + 1}`,
    value: pack(text),
  }));
  // Refuses the request's repeat for a day, so that it can be repeated when its answer was lost.
  const request = { queueId, requestId: conversationId, messages };
  const { results } = await retrying(() => queue.pushMessages(request), patienceMs);
  return results;
}
