/** A package in the lock file, as far as it is looked at here. */
export interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  /** True for a package of this repository, at `resolved`. */
  readonly link?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The lock file's packages by their place, `node_modules/…`. */
export type Packages = Readonly<Record<string, Locked>>;

/** The platforms that a clone must install on. */
const platforms = [
  { os: 'darwin', cpu: 'x64' },
  { os: 'darwin', cpu: 'arm64' },
  { os: 'linux', cpu: 'x64', libc: 'glibc' },
  { os: 'linux', cpu: 'x64', libc: 'musl' },
  { os: 'linux', cpu: 'arm64', libc: 'glibc' },
  { os: 'linux', cpu: 'arm64', libc: 'musl' },
  { os: 'win32', cpu: 'x64' },
  { os: 'win32', cpu: 'arm64' },
] as const;

/** The packages that come with a native package for each platform: place → the native ones' names. */
export function nativeFamilies(packages: Packages): Map<string, string[]> {
  const families = new Map<string, string[]>();
  for (const [place, { optionalDependencies = {} }] of Object.entries(packages)) {
    const names = Object.keys(optionalDependencies);
    if (names.some((name) => /darwin|win32/.test(name))) families.set(place, names);
  }
  return families;
}

/** What a Mac, a Windows or an arm64 machine would miss when it installs from this lock. */
export function missingNatives(packages: Packages): string[] {
  const missing: string[] = [];
  for (const [place, names] of nativeFamilies(packages)) {
    const found = names.map(
      (name) => packages[`${place}/node_modules/${name}`] ?? packages[`node_modules/${name}`],
    );
    for (const [index, locked] of found.entries()) {
      if (!locked?.version || !locked.integrity) missing.push(`${place}: ${names[index]}`);
    }
    for (const platform of platforms) {
      if (!found.some((locked) => locked && runsOn(locked, platform))) {
        missing.push(`${place}: nothing for ${Object.values(platform).join(' ')}`);
      }
    }
  }
  return missing;
}

function runsOn(locked: Locked, { os, cpu, libc }: { os: string; cpu: string; libc?: string }): boolean {
  const takes = (list: readonly string[] | undefined, value: string | undefined) =>
    list === undefined || value === undefined || list.includes(value);
  return takes(locked.os, os) && takes(locked.cpu, cpu) && takes(locked.libc, libc);
}
