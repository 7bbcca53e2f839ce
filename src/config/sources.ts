import { serveOptions } from './flags.js';
import { nearest, unknownName } from './nearest.js';
import type { Env } from './references.js';
import { camelCase, envName, flagName, type Path, paths, settingOf } from './settings.js';

/** A value as it was written, and where: a file's name, an environment variable or a flag. */
export interface Written {
  readonly raw: unknown;
  readonly origin: string;
}

/** What one source says: values by path, and what is wrong with it. */
export interface Source {
  readonly written: ReadonlyMap<Path, Written>;
  readonly problems: readonly string[];
}

/** Reads the settings' environment variables. Others are not looked at, empty ones count as not set. */
export function fromEnv(env: Env): Source {
  const written = new Map<Path, Written>();
  for (const path of paths) {
    const origin = envName(path);
    const raw = env[origin];
    if (raw !== undefined && raw !== '') written.set(path, { raw, origin });
    else readAlias(path, env, written);
  }
  return { written, problems: [] };
}

/** Rasa's variable for the lock's lifetime is one: `TICKET_LOCK_LIFETIME=60`, where 0 stands for its default. */
function readAlias(path: Path, env: Env, written: Map<Path, Written>): void {
  const { alias } = settingOf(path);
  const raw = alias && env[alias.variable];
  if (raw && Number(raw) !== 0) written.set(path, { raw: `${raw}${alias.unit}`, origin: alias.variable });
}

const flagNames = serveOptions.map(({ flags }) => /^--\S+/.exec(flags)![0]);

/** Reads the flags as commander gives them: by name in camel case. */
export function fromFlags(flags: Readonly<Record<string, unknown>>): Source {
  const written = new Map<Path, Written>();
  const problems: string[] = [];
  for (const [key, raw] of Object.entries(flags)) {
    const flag = flagNames.find((known) => camelCase(known.slice(2)) === key);
    const path = paths.find((known) => `--${flagName(known)}` === flag);
    if (flag === undefined)
      problems.push(unknownName(`flag --${key}`, nearest(`--${key}`, flagNames), flagNames));
    else if (path !== undefined && raw !== undefined) written.set(path, { raw, origin: flag });
  }
  return { written, problems };
}
