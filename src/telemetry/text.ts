/**
 * A line of the log, which is a JSON object, for people: time, level, message, then what else it says in
 * words and numbers. Objects in it are for programs and left out.
 */
export function renderLine(json: string): string {
  const { time, level, msg, err, ...rest } = JSON.parse(json) as Record<string, unknown>;
  const plain = Object.entries(rest).filter(([, value]) => typeof value !== 'object');
  const fields = plain.map(([key, value]) => `${key}=${renderValue(value)}`);
  const head = [String(time).slice(11, 23), String(level).toUpperCase().padEnd(5), msg, ...fields];
  return `${[head.filter((part) => part !== undefined).join(' '), ...renderError(err)].join('\n')}\n`;
}

interface LoggedError {
  readonly message: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

function renderError(error: unknown): string[] {
  const { stack, message, cause } = (error ?? {}) as Partial<LoggedError>;
  const [first, ...more] = cause === undefined ? [] : renderError(cause);
  const own = stack ?? message;
  return [
    ...(own === undefined ? [] : [own]),
    ...(first === undefined ? [] : [`caused by ${first}`, ...more]),
  ];
}

function renderValue(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
