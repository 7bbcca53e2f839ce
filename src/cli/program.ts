import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CommandError, exitCode } from './exit.js';
import { isReaderGone } from './output.js';

/** The command that serves, as the process's entry provides it. */
export interface Serving {
  /** Serves until the process is told to stop. Gets the flags as commander read them, by camel-case name. */
  serve(flags: Readonly<Record<string, unknown>>): Promise<void>;
  readonly options: readonly { readonly flags: string; readonly description: string }[];
}

const defaultAddress = '127.0.0.1:7420';

/** Runs the command that `argv` (with node and script in front) names, and sets the process's exit code. */
export async function run(argv: readonly string[], serving: Serving): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreGoneReader);
  try {
    await programOf(serving).parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

function ignoreGoneReader(error: unknown): void {
  if (!isReaderGone(error)) throw error;
}

/** Tells the user what went wrong, where that hasn't been done. Answers the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCode.usage;
  if (isReaderGone(error)) return 0;
  const isTold = error instanceof CommandError;
  console.error(
    `trackside: ${isTold ? error.message : error instanceof Error ? error.stack : String(error)}`,
  );
  return isTold ? error.exitCode : exitCode.failure;
}

function programOf(serving: Serving): Command {
  const program = new Command('trackside')
    .description(
      'A storage sidecar for conversational agents: conversation logs with a live event feed, over gRPC.',
    )
    .version(versionOf(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help on a command')
    .exitOverride()
    .showHelpAfterError('Try --help.')
    .addHelpText(
      'after',
      examples(
        'trackside',
        'trackside append dialogues.jsonl',
        'trackside tail --start beginning',
        'trackside show alice',
      ),
    )
    .addHelpText('after', exitCodes);
  addServe(program, serving);
  addAppend(program);
  addTail(program);
  addShow(program);
  return program;
}

const exitCodes = `
Settings of the server: trackside serve --help.
Exit codes: 0 done, ${exitCode.failure} failed, ${exitCode.usage} wrong command line, ${exitCode.discontinuity} a stream can't go on (tail).`;

function addServe(program: Command, serving: Serving): void {
  const command = program
    .command('serve', { isDefault: true })
    .description('serve the store over gRPC (what runs without a command)')
    .allowExcessArguments()
    .action(async (flags: Readonly<Record<string, unknown>>) => {
      const [unknown] = command.args;
      if (unknown !== undefined) command.error(`error: unknown command '${unknown}'`);
      await serving.serve(flags);
    });
  for (const { flags, description } of serving.options) command.option(flags, description);
}

function addAppend(program: Command): void {
  const command = program
    .command('append')
    .description('store conversations from a dump')
    .argument(
      '[FILE]',
      'JSON lines {"sender_id": "…", "events": […]}, as Rasa dumps them; standard input where it is left out or -',
    )
    .option('--parallel <n>', 'conversations to store at a time', countOf, 16)
    .option('--quiet', 'print errors only')
    .action(async (file: string | undefined, options) => {
      const { append } = await import('./append/command.js');
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

function addTail(program: Command): void {
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
    .option('--json', 'print one JSON object a line')
    .action(async (options) => {
      const { tail } = await import('./tail/command.js');
      await tail(options);
    });
  addAddress(command)
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

function addShow(program: Command): void {
  const command = program
    .command('show')
    .description('print a conversation')
    .argument('<CONVERSATION_ID>', 'the conversation')
    .option('--current', 'only the current session')
    .option('--json', 'print one JSON object a line')
    .action(async (conversationId: string, options) => {
      const { show } = await import('./show/command.js');
      await show(conversationId, options);
    });
  addAddress(command)
    .addHelpText(
      'after',
      `
With --json a line is {"conversation_id", "sequence", "type", "name", "data"}: data is the stored text.`,
    )
    .addHelpText(
      'after',
      examples(
        'trackside show alice',
        'trackside show alice --current',
        'trackside show alice --json | jq -r .data',
      ),
    );
}

function addAddress(command: Command): Command {
  const option = new Option(
    '--address <address>',
    'where the server is: HOST:PORT, unix:PATH or unix:///PATH',
  );
  return command.addOption(option.env('TRACKSIDE_ADDRESS').default(defaultAddress));
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1000) return count;
  throw new InvalidArgumentError('It must be a whole number from 1 to 1000.');
}

function collected(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function versionOf(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
