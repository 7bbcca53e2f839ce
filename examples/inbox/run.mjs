// The whole demonstration: `node run.mjs [FILE] [--conversations N]`, with the sidecar at TRACKSIDE_ADDRESS, or
// else one of its own. It ends with 0 if every conversation's log is as it has to be, in spite of the kills.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, retrying } from '@trackside/client';
import { Crew } from './crew.mjs';
import { readDialogues } from './dialogues.mjs';
import { patienceMs, queueId } from './inbox.mjs';
import { start } from './processes.mjs';
import { startSidecar } from './sidecar.mjs';

const workers = 8;
/** One worker is killed whenever so many more turns are done, so that some always get on. */
const turnsPerKill = 30;
const maxPauseMs = 100;

const dialogues = await readDialogues();
const turns = dialogues.reduce((sum, { texts }) => sum + texts.length, 0);
console.log(`run: ${dialogues.length} conversations, ${turns} turns, ${workers} workers`);

// What is started below finds it there.
process.env.TRACKSIDE_ADDRESS ??= startSidecar();
const { queue, close } = connect(process.env.TRACKSIDE_ADDRESS);
await countMessages();

const crew = new Crew(workers);
// Two at a time, as where a channel delivers everything twice.
await Promise.all([run('producer.mjs'), run('producer.mjs')]);
await killWorkers();
crew.dismiss();
close();
process.exit((await run('check.mjs')) ?? 1);

/** Kills workers until there is nothing left for them to do. */
async function killWorkers() {
  let told = performance.now();
  for (let left = turns; left > 0; left = await countMessages()) {
    if (turns - left >= (crew.killed + 1) * turnsPerKill) crew.killAny();
    if (performance.now() - told > 2_000) {
      console.log(`run: ${left} messages left, ${crew.killed} workers killed`);
      told = performance.now();
    }
    await sleep(Math.random() * maxPauseMs);
  }
  console.log(`run: no messages left, ${crew.killed} workers killed`);
}

/** How many messages are in the inboxes, claimed ones included. */
async function countMessages() {
  const { queue: inbox } = await retrying(() => queue.getQueue({ queueId }), patienceMs);
  return inbox ? Number(inbox.ready + inbox.inFlight + inbox.delayed) : 0;
}

/**
 * Runs a script to its end.
 * @param {string} script
 * @returns {Promise<number | null>} its exit code; null where it was killed
 */
async function run(script) {
  const [code] = await once(start(script, process.argv.slice(2)), 'exit');
  return code;
}
