import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

/**
 * What a user says in a conversation, in this order.
 * @typedef {{ readonly conversationId: string, readonly texts: readonly string[] }} Dialogue
 */

/**
 * The dialogues that the arguments ask for, `[FILE] [--conversations N]`: the first N of a dump of Rasa's tracker
 * store, a JSON object {"sender_id", "events"} a line; without a file they are made up, always the same.
 * @returns {Promise<Dialogue[]>}
 */
export async function readDialogues() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { conversations: { type: 'string', default: '200' } },
  });
  const count = Number(values.conversations);
  if (!Number.isInteger(count) || count < 1)
    throw new Error('--conversations must be a whole number from 1 on');
  const [file] = positionals;
  if (file === undefined) return madeUp(count);
  const dialogues = (await dumped(file)).slice(0, count);
  if (dialogues.length === 0) throw new Error(`${file} has no dialogues`);
  return dialogues;
}

/**
 * @param {string} file
 * @returns {Promise<Dialogue[]>}
 */
async function dumped(file) {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const { sender_id, events } = JSON.parse(line);
    return { conversationId: sender_id, texts: events.filter(isUser).map(textOf) };
  });
}

/** @param {{ event: string }} event */
const isUser = ({ event }) => event === 'user';

/** @param {{ text: string | null }} event */
const textOf = ({ text }) => text ?? '';

/**
 * @param {number} count
 * @returns {Dialogue[]}
 */
function madeUp(count) {
  return Array.from({ length: count }, (_, i) => ({
    conversationId: `conversation-${i + 1}`,
    texts: Array.from({ length: 2 + (i % 5) }, (_, turn) => `what about ${turn + 1} of those?`),
  }));
}
