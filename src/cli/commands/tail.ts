import type { Command } from 'commander';
import { addAddress, addJson, collected, examples } from './common.js';

export function addTail(program: Command): void {
  const command = program
    .command('tail')
    .description('print events as they are stored')
    .option(
      '--start <where>',
      'beginning, end, a cursor, or an ISO 8601 time of storing (UTC without an offset)',
      'end',
    )
    .option('--until-caught-up', 'end at the end of the log instead of waiting for more')
    .option('--conversation <id>', 'only this conversation (can be repeated)', collected)
    .option('--prefix <prefix>', 'only conversations whose id begins so')
    .option('--type <type>', 'only events of this type (can be repeated)', collected)
    .option('--name <name>', 'only events of this name (can be repeated)', collected)
    .action(async (options) => {
      const { tail } = await import('../tail/command.js');
      await tail(options);
    });
  addAddress(addJson(command))
    .addHelpText(
      'after',
      `
A stream that is cut goes on by itself, nothing is missed or shown twice.

With --json a line is {"conversation_id", "sequence", "type", "name", "data", "cursor"}: data is the stored
text, cursor the newest --start that skips nothing not yet shown. It moves with the last event of a batch;
after a kill in the midst of one, its first events are shown again under the same conversation_id and sequence.
Erased events are {"erased": {"conversation_id", "sequences": [[first, last], …], "deleted"}, "cursor"}.`,
    )
    .addHelpText(
      'after',
      examples(
        'trackside tail',
        'trackside tail --json --start beginning --until-caught-up > events.jsonl',
        'trackside tail --start 2026-01-31T09:30:00Z --type user --type bot',
        'trackside tail --conversation alice',
      ),
    );
}
