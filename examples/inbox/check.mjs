// Reads the conversations' logs and tells whether each is complete, in order and without a duplicate; if not, it
// ends with 1. `node check.mjs [FILE] [--conversations N]`
import { connect } from '@trackside/client';
import { answerTo } from './bot.mjs';
import { readDialogues } from './dialogues.mjs';
import { address } from './inbox.mjs';

const { tracker, close } = connect(address);
const dialogues = await readDialogues();
let turns = 0;
let repeated = 0;
let wrong = 0;
for (const dialogue of dialogues) await check(dialogue);
close();

const where = `${turns} turns in ${dialogues.length} conversations`;
console.log(`check: ${where}; ${repeated} turns took more than one attempt`);
console.log(
  wrong ? `check: ${wrong} conversations are wrong` : 'check: all complete, in order, no duplicate',
);
process.exitCode = wrong ? 1 : 0;

/** @param {import('./dialogues.mjs').Dialogue} dialogue */
async function check({ conversationId, texts }) {
  const expected = texts.flatMap((text, i) => [`user: ${text}`, `bot: ${answerTo(i + 1, text)}`]);
  const events = await readLog(conversationId);
  const found = events.map(({ event, text }) => `${event}: ${text}`);
  turns += texts.length;
  repeated += events.filter(({ metadata }) => metadata?.attempt > 1).length;

  const length = Math.max(expected.length, found.length);
  for (let i = 0; i < length; i++) {
    if (found[i] === expected[i]) continue;
    console.log(
      `${conversationId}, event ${i + 1}: ${quoted(found[i])}, where ${quoted(expected[i])} belongs`,
    );
    wrong += 1;
    return;
  }
}

/** @param {string} conversationId */
async function readLog(conversationId) {
  const events = [];
  let pageToken = '';
  do {
    const page = await tracker.listEvents({ conversationId, pageSize: 1_000, pageToken });
    events.push(...page.events.map(({ data }) => JSON.parse(data)));
    pageToken = page.nextPageToken;
  } while (pageToken);
  return events;
}

/** @param {string | undefined} event */
function quoted(event) {
  return event === undefined ? 'nothing' : JSON.stringify(event);
}
