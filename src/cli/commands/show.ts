import type { Command } from 'commander';
import { addAddress, addJson, examples } from './common.js';

export function addShow(program: Command): void {
  const command = program
    .command('show')
    .description('print a conversation')
    .argument('<CONVERSATION_ID>', 'the conversation')
    .option('--current', 'only the current session')
    .action(async (conversationId: string, options) => {
      const { show } = await import('../show/command.js');
      await show(conversationId, options);
    });
  addAddress(addJson(command))
    .addHelpText(
      'after',
      `
A conversation whose id is "store" is shown by tail --start beginning --conversation store.

With --json a line is {"conversation_id", "sequence", "type", "name", "data"}: data is the stored text.`,
    )
    .addHelpText(
      'after',
      examples(
        'trackside show alice',
        'trackside show alice --current',
        'trackside show alice --json | jq -r .data',
        'trackside show store',
      ),
    );
  const store = command
    .command('store')
    .description('print where the services keep their content, and how safe it is there')
    .action(async (options) => {
      const { showStores } = await import('../show/stores.js');
      await showStores(options);
    });
  addAddress(addJson(store));
}
