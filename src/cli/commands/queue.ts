import { type Command, InvalidArgumentError, Option } from 'commander';
import { addCommon, addLines, collected, countOf, examples, millisecondsOf } from './common.js';

const push = () => import('../queue/push.js');
const take = () => import('../queue/take.js');
const settle = () => import('../queue/settle.js');
const look = () => import('../queue/look.js');
const manage = () => import('../queue/manage.js');

const queueArgument = ['<QUEUE>', 'the queue'] as const;
const states = ['ready', 'delayed', 'in-flight', 'parked'];

export function addQueue(program: Command): void {
  const queue = program.command('queue').description('push and take messages, and look at queues');
  addPush(queue);
  addTake(queue);
  addSettle(queue);
  addLook(queue);
  addManage(queue);
  addCommon(queue.commands);
  queue.addHelpText(
    'after',
    examples(
      `trackside queue push inbox '{"text": "Hello"}' --group alice`,
      'trackside queue push inbox --lines < messages.jsonl',
      'trackside queue pop inbox --wait 1m',
      'trackside queue claim inbox --json | jq -r .receipt',
      'trackside queue list',
    ),
  );
}

function addPush(queue: Command): void {
  addLines(queue.command('push').argument(...queueArgument))
    .description('push messages, and print their ids')
    .option('--group <id>', 'the group: its messages are delivered one at a time, in order')
    .addOption(
      new Option(
        '--dedup-id <id>',
        'refuse the message while one with this id is there, and a while longer',
      ).conflicts('lines'),
    )
    .option('--delay <duration>', 'how long until it may be claimed', millisecondsOf)
    .option('--max-attempts <n>', "after how many claims it is parked (default: the server's)", countOf(1000))
    .action(async (queueId: string, value: string | undefined, options) =>
      (await push()).push(queueId, value, options),
    )
    .addHelpText(
      'after',
      `
A line is the message's id, and "refused" where a message with the --dedup-id was there: the id is that one's then.`,
    );
}

function addTake(queue: Command): void {
  queue
    .command('pop')
    .description('take a message for good, and print its value as it is; fails where none is ready')
    .argument(...queueArgument)
    .option(...wait)
    .action(async (queueId: string, options) => (await take()).pop(queueId, options));
  queue
    .command('claim')
    .description('claim messages, and print their receipts and values; fails where none is ready')
    .argument(...queueArgument)
    .option('--max <n>', 'at most that many', countOf(1000), 1)
    .option('--lease <duration>', "how long they are leased (default: the server's)", millisecondsOf)
    .option(...wait)
    .option('--owner <text>', "who claims, for people: the owner of a group's lock")
    .action(async (queueId: string, options) => (await take()).claim(queueId, options));
}

const wait = [
  '--wait <duration>',
  'how long to wait for one, up to 1h (default: not at all)',
  millisecondsOf,
] as const;

function addSettle(queue: Command): void {
  takingIds(queue.command('ack'))
    .description('end claims, their messages are done; fails where one had ended otherwise')
    .argument(...queueArgument)
    .argument(...receiptsArgument)
    .action(async (queueId: string, receipts: string[], options) =>
      (await settle()).ack(queueId, receipts, options),
    );
  takingIds(queue.command('nack'))
    .description('end claims, their messages are ready again; fails where one had ended otherwise')
    .argument(...queueArgument)
    .argument(...receiptsArgument)
    .option('--delay <duration>', 'how long until they may be claimed again', millisecondsOf)
    .action(async (queueId: string, receipts: string[], options) =>
      (await settle()).nack(queueId, receipts, options),
    );
}

const receiptsArgument = ['<RECEIPT...>', "the claims' receipts"] as const;

/** Ids and receipts may begin with a dash, and are no options then. */
function takingIds(command: Command): Command {
  return command.allowUnknownOption().helpOption('--help', 'print help');
}

function addLook(queue: Command): void {
  queue
    .command('list')
    .description('print the queues that have messages')
    .option('--prefix <prefix>', 'only queues whose id begins so')
    .action(async (options) => (await look()).list(options));
  queue
    .command('show')
    .description('print how many messages a queue has, and how old the oldest is')
    .argument(...queueArgument)
    .action(async (queueId: string, options) => (await look()).show(queueId, options));
  queue
    .command('peek')
    .description('print messages, and leave them where they are')
    .argument(...queueArgument)
    .addOption(new Option('--state <state>', 'which messages').choices(states).default('ready'))
    .option('--limit <n>', 'at most that many', countOf(1_000_000), 100)
    .action(async (queueId: string, options) => (await look()).peek(queueId, options));
}

function addManage(queue: Command): void {
  queue
    .command('purge')
    .description('remove messages, and print how many')
    .argument(...queueArgument)
    .option(
      '--state <state>',
      `only messages in this state: ${states.join(', ')} (can be repeated)`,
      collectedState,
    )
    .action(async (queueId: string, options) => (await manage()).purge(queueId, options));
  takingIds(queue.command('replay'))
    .description('have parked messages delivered again, and print how many')
    .argument(...queueArgument)
    .argument('[MESSAGE_ID...]', 'which of them; all where it is left out')
    .action(async (queueId: string, messageIds: string[], options) =>
      (await manage()).replay(queueId, messageIds, options),
    );
}

function collectedState(text: string, before?: readonly string[]): string[] {
  if (states.includes(text)) return collected(text, before);
  throw new InvalidArgumentError(`Allowed choices are ${states.join(', ')}.`);
}
