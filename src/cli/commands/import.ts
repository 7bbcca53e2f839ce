import type { Command } from 'commander';
import { addAddress, countOf, examples } from './common.js';

export function addImport(program: Command): void {
  const command = program.command('import').description('store what another store has');
  const rasa = command
    .command('rasa')
    .description("store the conversations of Rasa's own tracker stores, which are only read")
    .argument('<SOURCE>', 'sqlite:PATH, or redis://[USER[:PASSWORD]@]HOST[:PORT][/DB][?prefix=KEY_PREFIX]')
    .option('--parallel <n>', 'conversations to store at a time', countOf(1000), 16)
    .option('--json', 'print the report as a JSON object')
    .action(async (source: string, options) => {
      const { importRasa } = await import('../import/command.js');
      await importRasa(source, options);
    });
  addAddress(rasa)
    .addHelpText(
      'after',
      `
The command can be repeated: what an earlier run stored is recognised, also where the source has grown since. A
conversation that has events of its own in Trackside already is not touched. At the end it says what was odd; where
something was left out, it ends with 1.`,
    )
    .addHelpText(
      'after',
      examples(
        'trackside import rasa sqlite:rasa.db',
        "trackside import rasa 'redis://:secret@localhost:6379/0?prefix=shop' --json",
      ),
    );
}
