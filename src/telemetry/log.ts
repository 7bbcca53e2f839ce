import { type DestinationStream, destination, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import type { LogFormat, LogLevel } from '../config/settings.js';
import { renderLine } from './text.js';

/** The log: `log.info({ key: value }, 'message')`. Events' data and metadata never go in. */
export type Logger = PinoLogger;

/** What can hold a payload; nothing logs these, and what does all the same is blotted out. */
const payloads = ['data', 'metadata', 'events', 'event', 'request', 'response'];

/** Opens the log, which is written to standard output at once, so that a crash loses no line. */
export function createLogger(
  { level, format }: { readonly level: LogLevel; readonly format: LogFormat },
  output: DestinationStream = destination({ dest: 1, sync: true }),
): Logger {
  const asText = format === 'text' || (format === 'auto' && process.stdout.isTTY);
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      redact: { paths: payloads.flatMap((name) => [name, `*.${name}`]), censor: '[not logged]' },
    },
    asText ? { write: (line) => output.write(renderLine(line)) } : output,
  );
}

/** An error without the properties that drivers put on it, which can hold values that were written. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const code = (error as NodeJS.ErrnoException).code;
  return {
    name,
    message,
    ...(code === undefined ? {} : { code }),
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}
