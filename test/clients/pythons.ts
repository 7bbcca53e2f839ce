import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Packages that the Python client is tested with, of `clients/python/requirements/`, and the Pythons they run on. */
export interface PackageSet {
  readonly name: 'oldest' | 'newest';
  /** Minor versions of Python 3, the preferred one first. */
  readonly minors: readonly number[];
}

export const packageSets: readonly PackageSet[] = [
  { name: 'oldest', minors: [8, 9, 10, 11] },
  { name: 'newest', minors: [13, 14, 12, 11] },
];

/** A Python of one of some minor versions: `TRACKSIDE_TEST_PYTHON`, one on the path, or one of pyenv's. */
export function pythonFor(
  { minors }: Pick<PackageSet, 'minors'>,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const found = minors.flatMap((minor) =>
    programs(minor, env).filter((program) => minorOf(program) === minor),
  );
  return found[0];
}

/** A line for each set that was left out. */
export function setsLeftOut(env: NodeJS.ProcessEnv = process.env): string[] {
  return packageSets
    .filter((set) => pythonFor(set, env) === undefined)
    .map(
      ({ name, minors }) =>
        `left out: the Python client with its ${name} packages (no Python 3.${Math.min(...minors)} to ` +
        `3.${Math.max(...minors)} with venv found; TRACKSIDE_TEST_PYTHON=…)`,
    );
}

function programs(minor: number, env: NodeJS.ProcessEnv): string[] {
  const given = env.TRACKSIDE_TEST_PYTHON;
  if (given) return [given];
  return [`python3.${minor}`, ...pyenvs(minor, env), 'python3'];
}

function pyenvs(minor: number, env: NodeJS.ProcessEnv): string[] {
  const folder = join(env.PYENV_ROOT ?? join(env.HOME ?? homedir(), '.pyenv'), 'versions');
  const versions = existsSync(folder) ? readdirSync(folder) : [];
  return versions
    .filter((version) => version.startsWith(`3.${minor}.`))
    .map((version) => join(folder, version, 'bin/python'));
}

/** The minor version of a Python 3 that can make virtual environments. */
function minorOf(program: string): number | undefined {
  const script = 'import ensurepip, sys, venv; print(sys.version_info[0] * 100 + sys.version_info[1])';
  try {
    const version = execFileSync(program, ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    return Number(version) - 300;
  } catch {
    return undefined;
  }
}
