import type { Command } from 'commander';
import { addAddress, countOf, examples } from './common.js';

export function addAppend(program: Command): void {
  const command = program
    .command('append')
    .description('store conversations from a dump')
    .argument(
      '[FILE]',
      'JSON lines {"sender_id": "…", "events": […]}, as Rasa dumps them; standard input where it is left out or -',
    )
    .option('--parallel <n>', 'conversations to store at a time', countOf(1000), 16)
    .option('--quiet', 'print errors only')
    .action(async (file: string | undefined, options) => {
      const { append } = await import('../append/command.js');
      await append(file, options);
    });
  addAddress(command)
    .addHelpText(
      'after',
      `
Every event is stored to the letter. The command can be repeated: what an earlier run stored is recognised,
also where a conversation of the file has grown since. It stops at the first line that can't be stored.`,
    )
    .addHelpText(
      'after',
      examples('trackside append dialogues.jsonl', 'zcat dump.jsonl.gz | trackside append --parallel 32'),
    );
}
