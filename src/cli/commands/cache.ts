import { type Command, Option } from 'commander';
import {
  addCommon,
  addRequestId,
  addScope,
  addValue,
  examples,
  integerOf,
  keyArgument,
  millisecondsOf,
  patternArgument,
} from './common.js';

const reads = () => import('../cache/reads.js');
const writes = () => import('../cache/writes.js');

export function addCache(program: Command): void {
  const cache = program.command('cache').description('read and write the entries of the cache');
  addReads(cache);
  addWrites(cache);
  addNumbers(cache);
  addCommon(cache.commands);
  cache.addHelpText(
    'after',
    examples(
      `trackside cache set alice '{"city": "Rome"}' --ttl 10m`,
      'trackside cache get alice | jq .city',
      'trackside cache increment visits',
      "trackside cache list 'alice*'",
    ),
  );
}

function addReads(cache: Command): void {
  cache
    .command('get')
    .description('print a value as it is; fails where the key has none')
    .argument(...keyArgument)
    .action(async (key: string, options) => (await reads()).get(key, options));
  cache
    .command('list')
    .description('print keys')
    .argument(...patternArgument)
    .action(async (pattern: string | undefined, options) => (await reads()).list(pattern, options));
}

const ttl = ['--ttl <duration>', 'how long until the entry expires (default: it does not)'] as const;

function addWrites(cache: Command): void {
  addValue(cache.command('set').argument(...keyArgument))
    .description('write a value')
    .option(...ttl, millisecondsOf)
    .addOption(
      new Option('--if <condition>', 'fail unless the key has an entry, or none').choices([
        'absent',
        'present',
      ]),
    )
    .action(async (key: string, value: string | undefined, options) =>
      (await writes()).set(key, value, options),
    );
  cache
    .command('touch')
    .description("set an entry's expiry; fails where the key has none")
    .argument(...keyArgument)
    .option(...ttl, millisecondsOf)
    .action(async (key: string, options) => (await writes()).touch(key, options));
  cache
    .command('delete')
    .description('remove an entry, and print how many')
    .argument(...keyArgument)
    .action(async (key: string, options) => (await writes()).remove(key, options));
  addScope(cache.command('clear'))
    .description('remove the entries whose keys begin so, and print how many')
    .action(async (prefix: string | undefined, options) => (await writes()).clear(prefix, options));
}

function addNumbers(cache: Command): void {
  addRequestId(cache.command('increment').argument(...keyArgument))
    .description('add to a number, and print the sum')
    .addOption(new Option('--by <n>', 'what to add; may be negative').argParser(integerOf).default(1n, '1'))
    .option(
      '--ttl <duration>',
      'how long until the entry expires, where it is made by this (default: it does not)',
      millisecondsOf,
    )
    .action(async (key: string, options) => (await writes()).increment(key, options));
}
