import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addAppend } from './commands/append.js';
import { addCache } from './commands/cache.js';
import { examples } from './commands/common.js';
import { addImport } from './commands/import.js';
import { addLock } from './commands/lock.js';
import { addQueue } from './commands/queue.js';
import { addRecord } from './commands/record.js';
import { addServe, type Serving } from './commands/serve.js';
import { addShow } from './commands/show.js';
import { addTail } from './commands/tail.js';
import { CommandError, exitCode } from './exit.js';
import { isReaderGone } from './output.js';

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
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError('Try --help.')
    .addHelpText(
      'after',
      examples(
        'trackside',
        'trackside append dialogues.jsonl',
        'trackside import rasa sqlite:rasa.db',
        'trackside tail --start beginning',
        'trackside show alice',
        'trackside lock run nightly -- ./report.sh',
        'trackside queue list',
      ),
    )
    .addHelpText('after', exitCodes);
  addServe(program, serving);
  addAppend(program);
  addImport(program);
  addTail(program);
  addShow(program);
  addLock(program);
  addQueue(program);
  addCache(program);
  addRecord(program);
  return program;
}

const exitCodes = `
Settings of the server: trackside serve --help.
Exit codes: 0 done, ${exitCode.failure} failed, ${exitCode.usage} wrong command line, ${exitCode.discontinuity} a stream can't go on (tail).
Those of lock run: trackside lock run --help.`;

function versionOf(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
