import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { out, root } from './paths.js';
import { type Sample, summarize } from './rounds.js';

/** One line of the report. */
export interface Figure {
  readonly name: string;
  /** The median of the rounds; a text where it describes the machine. */
  readonly value: number | string;
  readonly unit: string;
  /** What the value must not pass; null where nothing is promised. */
  readonly limit: number | null;
  /** Whether it keeps the limit; null without one. */
  readonly holds: boolean | null;
  readonly rounds: number;
  /** How far apart the rounds' quartiles are, in the same unit. */
  readonly spread: number;
}

/** What a figure's value must keep to. */
export type Limit = { readonly atMost: number } | { readonly atLeast: number };

export function figure(name: string, unit: string, values: readonly number[], limit?: Limit): Figure {
  const { median, spread, rounds }: Sample = summarize(values);
  return {
    name,
    value: rounded(median),
    unit,
    limit: limit ? ('atMost' in limit ? limit.atMost : limit.atLeast) : null,
    holds: limit ? ('atMost' in limit ? median <= limit.atMost : median >= limit.atLeast) : null,
    rounds,
    spread: rounded(spread),
  };
}

/** What the figures were measured on and with. */
export function machine(): Figure[] {
  const [cpu] = cpus();
  const facts = {
    'machine.cpu': `${cpus().length} x ${cpu?.model.trim()}`,
    'machine.memory': `${Math.round(totalmem() / 2 ** 30)} GiB`,
    'machine.system': `${platform()} ${release()} ${arch()}`,
    'version.node': process.versions.node,
    ...Object.fromEntries(packages.map((name) => [`version.${name}`, versionOf(`node_modules/${name}`)])),
    'version.trackside': versionOf('.'),
    time: new Date().toISOString(),
  };
  return Object.entries(facts).map(([name, value]) => ({
    name,
    value,
    unit: '',
    limit: null,
    holds: null,
    rounds: 0,
    spread: 0,
  }));
}

/** Writes the figures as JSON; returns the file's path. */
export async function writeReport(figures: readonly Figure[]): Promise<string> {
  await mkdir(out, { recursive: true });
  const path = `${out}/report.json`;
  await writeFile(path, `${JSON.stringify(figures, undefined, 2)}\n`);
  return path;
}

/** The figures as lines of a Markdown table. */
export function table(figures: readonly Figure[]): string[] {
  const rows = figures.map(({ name, value, unit, limit, holds, rounds, spread }) => [
    name,
    typeof value === 'number' ? value.toLocaleString('en') : value,
    unit,
    limit === null ? '' : limit.toLocaleString('en'),
    holds === null ? '' : holds ? 'yes' : 'NO',
    rounds === 0 ? '' : `${rounds}`,
    rounds > 1 ? spread.toLocaleString('en') : '',
  ]);
  const head = ['what', 'value', 'unit', 'limit', 'holds', 'rounds', 'spread'];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}

const packages = ['@grpc/grpc-js', 'nice-grpc', '@bufbuild/protobuf', '@photostructure/sqlite', 'ioredis'];

function versionOf(folder: string): string {
  return (JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')) as { version: string }).version;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
