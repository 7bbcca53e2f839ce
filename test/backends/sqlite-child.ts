/** A process for the tests to kill: `hold`, `append` or `scrub`, and a path. Says each thing that is done. */
import { open } from '#src/storage/sqlite/index.js';
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
}
