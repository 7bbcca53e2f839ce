import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Condition } from '../record/writes.js';
import {
  addCommon,
  addLines,
  addScope,
  addValue,
  examples,
  integerOf,
  keyArgument,
  patternArgument,
} from './common.js';

const reads = () => import('../record/reads.js');
const writes = () => import('../record/writes.js');

export function addRecord(program: Command): void {
  const record = program.command('record').description('read and write durable values and lists');
  addReads(record);
  addWrites(record);
  addLists(record);
  addCommon(record.commands);
  record.addHelpText(
    'after',
    examples(
      `trackside record set alice '{"plan": "pro"}' --if absent`,
      'trackside record get alice | jq .plan',
      'trackside record append notes --text "called back"',
      'trackside record items notes --start -10',
    ),
  );
}

function addReads(record: Command): void {
  record
    .command('get')
    .description('print a value as it is; fails where the key has none')
    .argument(...keyArgument)
    .action(async (key: string, options) => (await reads()).get(key, options));
  record
    .command('list')
    .description('print the keys of values and lists')
    .argument(...patternArgument)
    .action(async (pattern: string | undefined, options) => (await reads()).list(pattern, options));
}

function addWrites(record: Command): void {
  addValue(record.command('set').argument(...keyArgument))
    .description('write a value, and print its version')
    .option(
      '--if <condition>',
      'fail unless the key is absent, is present, or has the version: version=N',
      conditionOf,
    )
    .action(async (key: string, value: string | undefined, options) =>
      (await writes()).set(key, value, options),
    );
  record
    .command('delete')
    .description('remove a value or a list, and print how many')
    .argument(...keyArgument)
    .option('--if <condition>', 'fail unless it has the version: version=N', versionOf)
    .action(async (key: string, options) => (await writes()).remove(key, options));
  addScope(record.command('clear'))
    .description('remove the values and lists whose keys begin so, and print how many')
    .action(async (prefix: string | undefined, options) => (await writes()).clear(prefix, options));
}

function addLists(record: Command): void {
  addLines(record.command('append').argument(...keyArgument))
    .description('append to a list, and print how many items it has')
    .action(async (key: string, value: string | undefined, options) =>
      (await writes()).append(key, value, options),
    );
  record
    .command('items')
    .description("print a list's items as they are, one behind the other")
    .argument(...keyArgument)
    .addOption(
      new Option('--start <n>', "the first item's index, from 0, or from the end where it is negative")
        .argParser(integerOf)
        .default(0n, '0'),
    )
    .addOption(
      new Option('--end <n>', "the last item's index, counted likewise and included")
        .argParser(integerOf)
        .default(-1n, '-1'),
    )
    .action(async (key: string, options) => (await reads()).items(key, options));
}

function conditionOf(text: string): Condition {
  return text === 'absent' || text === 'present' ? text : versionOf(text);
}

function versionOf(text: string): { readonly version: bigint } {
  const [, version] = /^version=([1-9]\d{0,18})$/.exec(text) ?? [];
  if (version !== undefined) return { version: BigInt(version) };
  throw new InvalidArgumentError('Write the version as version=5.');
}
