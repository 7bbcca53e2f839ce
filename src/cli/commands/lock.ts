import { type Command, Option } from 'commander';
import { lockRunCode } from '../exit.js';
import { addAddress, addCommon, examples, millisecondsOf } from './common.js';

const look = () => import('../lock/look.js');

const lockArgument = ['<NAME>', 'the lock'] as const;

export function addLock(program: Command): void {
  const lock = program.command('lock').description('run a command while a lock is held, and look at locks');
  addRun(lock);
  addCommon(addLook(lock));
  lock.addHelpText(
    'after',
    examples('trackside lock run nightly -- ./report.sh', 'trackside lock list', 'trackside lock show alice'),
  );
}

function addRun(lock: Command): void {
  const command = lock
    .command('run')
    .description('run a command while a lock is held')
    .argument(...lockArgument)
    .argument('<COMMAND...>', 'what to run, behind --')
    .option(
      '--wait <duration>',
      'how long to wait for the lock, up to 24h (default: as long as it takes)',
      millisecondsOf,
    )
    .option('--lifetime <duration>', 'the longest holding, from the grant (default: no end)', millisecondsOf)
    .addOption(new Option('--reject', 'do not wait where the lock is taken').conflicts(['wait', 'interrupt']))
    .option('--interrupt', 'tell the holder that somebody asks for the lock')
    .option('--owner <text>', 'who asks, for people (default: HOST:PID)')
    .action(async (lockId: string, args: string[], options) => {
      const { run } = await import('../lock/run.js');
      await run(lockId, args, options);
    });
  addAddress(command)
    .addHelpText('after', runNotes)
    .addHelpText(
      'after',
      examples(
        'trackside lock run nightly -- ./report.sh',
        'trackside lock run nightly --reject -- ./report.sh',
        `trackside lock run alice --wait 30s -- sh -c 'echo "fence $TRACKSIDE_FENCE"'`,
      ),
    );
}

const { lost, notGranted, failure, cannotRun, notFound, signal } = lockRunCode;

const runNotes = `
The command finds TRACKSIDE_LOCK_ID and TRACKSIDE_FENCE in its environment, and gets the signals that this one
gets; what it has started itself doesn't get them from here. The lock is kept up while the command runs, and is
free as soon as it has ended. Where the lock is lost, the command gets SIGTERM, and SIGKILL after 5 seconds. The
lock counts as lost, too, where the server is away for 6 seconds or has no memory of it.

Exit codes: the command's own, and ${signal} + n where signal n ended it; ${lost} the lock was lost; ${notGranted} it was not
granted, and the command not run; ${failure} there was no asking for it, as without a server; ${cannotRun} the command can't
be run; ${notFound} there is no such command.`;

function addLook(lock: Command): readonly Command[] {
  const list = lock
    .command('list')
    .description('print the locks that are held')
    .option('--prefix <prefix>', 'only locks whose id begins so')
    .action(async (options) => (await look()).list(options));
  const show = lock
    .command('show')
    .description('print who holds a lock, and who waits for it; fails where nobody holds it')
    .argument(...lockArgument)
    .action(async (lockId: string, options) => (await look()).show(lockId, options));
  const remove = lock
    .command('delete')
    .description("end a lock's holding, and print whose")
    .argument(...lockArgument)
    .action(async (lockId: string, options) => (await look()).remove(lockId, options));
  return [list, show, remove];
}
