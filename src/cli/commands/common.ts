import { type Command, InvalidArgumentError, Option } from 'commander';
import { durationPattern, parseDuration } from '../../config/units.js';

const defaultAddress = '127.0.0.1:7420';

export function addAddress(command: Command): Command {
  const option = new Option(
    '--address <address>',
    'where the server is: HOST:PORT, unix:PATH or unix:///PATH',
  );
  return command.addOption(option.env('TRACKSIDE_ADDRESS').default(defaultAddress));
}

export function addJson(command: Command): Command {
  return command.option('--json', 'print one JSON object a line');
}

/** Options of all commands that talk to a server and print something. */
export function addCommon(commands: readonly Command[]): void {
  for (const command of commands) addAddress(addJson(command));
}

export const keyArgument = ['<KEY>', 'the key'] as const;

export const patternArgument = [
  '[PATTERN]',
  'which: * stands for any characters, ? for one; all where it is left out',
] as const;

/** What to clear. */
export function addScope(command: Command): Command {
  return command.argument('[PREFIX]', 'how their keys begin').option('--all', 'remove all of them');
}

/** How a value is given. */
export function addValue(command: Command): Command {
  return command
    .argument('[VALUE]', 'JSON; standard input where it is left out or -')
    .addOption(new Option('--text', 'the value is a text, kept as a JSON string').conflicts('bytes'))
    .option('--bytes <file>', 'the value is the bytes of a file, or of standard input for -');
}

/** How many values are given. */
export function addLines(command: Command): Command {
  addValue(command).option('--lines', 'each line of standard input is a value; blank ones are left out');
  return addRequestId(command);
}

export function addRequestId(command: Command): Command {
  return command.option('--request-id <id>', 'with the same id, a repeat does nothing more (24 hours)');
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

/** Reads a whole number within bounds. */
export function countOf(max: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (Number.isInteger(count) && count >= 1 && count <= max) return count;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${max}.`);
  };
}

/** Reads a whole number of any sign. */
export function integerOf(text: string): bigint {
  if (/^[+-]?\d+$/.test(text)) return BigInt(text.replace('+', ''));
  throw new InvalidArgumentError('It must be a whole number.');
}

/** Reads a duration into milliseconds. */
export function millisecondsOf(text: string): number {
  if (durationPattern.test(text)) return parseDuration(text);
  throw new InvalidArgumentError('It must be a number with its unit: 500ms, 30s, 5m or 1h.');
}

/** Collects the values of an option that can be repeated. */
export function collected(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
