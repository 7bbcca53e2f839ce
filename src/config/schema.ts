import { z } from 'zod';
import { type Address, parseAddress, splitAddresses } from './address.js';
import { describeKind } from './describe.js';
import { formatValue } from './format.js';
import { type Kind, type Path, paths, settingOf } from './settings.js';
import { bytesPattern, durationPattern, parseBytes, parseDuration } from './units.js';

/** Checks one setting's value, as it is written in the file, a variable or a flag, and converts it. */
export function check(path: Path, raw: unknown): { value: unknown } | { problems: readonly string[] } {
  const result = types[path].safeParse(raw);
  return result.success
    ? { value: result.data }
    : { problems: result.error.issues.map((issue) => issue.message) };
}

/** The JSON Schema of the configuration file, in which every value may be a reference, or empty. */
export function jsonSchema(): unknown {
  const root: Record<string, z.ZodType> = {};
  const sections = new Map<string, Record<string, z.ZodType>>();
  for (const path of paths) {
    const [section, name] = path.split('.') as [string, string | undefined];
    if (name === undefined) root[section] = inFile(path);
    else sections.set(section, { ...sections.get(section), [name]: inFile(path) });
  }
  for (const [section, shape] of sections) root[section] = z.strictObject(shape).nullish();
  root.storage = z.union([inFile('storage.default'), root.storage!]).optional();
  const file = z.strictObject(root).meta({ title: 'Configuration of Trackside' });
  return z.toJSONSchema(file, { io: 'input' });
}

const reference = z.string().regex(/\$/);

function inFile(path: Path): z.ZodType {
  const setting = settingOf(path);
  const value = setting.default === undefined ? {} : { default: formatValue(setting, setting.default) };
  return z
    .union([types[path], reference, z.null()])
    .optional()
    .meta({ description: setting.description, ...value });
}

const types = Object.fromEntries(paths.map((path) => [path, typeOf(settingOf(path).kind)])) as Readonly<
  Record<Path, z.ZodType>
>;

function typeOf(kind: Kind): z.ZodType {
  const error = `must be ${describeKind(kind)}`;
  switch (kind.type) {
    case 'addresses':
      return addresses(error);
    case 'boolean':
      return z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], {
        error,
      });
    case 'bytes':
      return number(kind, bytesPattern, parseBytes, error);
    case 'choice':
      return z.enum(kind.choices as readonly [string], { error });
    case 'count':
      return number(kind, /^\d+$/, Number, error);
    case 'duration':
      return written(kind, durationPattern, parseDuration, error);
    case 'path':
      return z.string({ error }).min(1, { error });
    case 'store':
      return z.string({ error }).regex(/^[a-z][a-z0-9+.-]*:/, { error });
  }
}

interface Range {
  readonly min: number;
  readonly max: number;
}

function whole({ min, max }: Range, error: string): z.ZodType<number, number> {
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A number, or a text that is one with its unit. */
function number(range: Range, pattern: RegExp, parse: (text: string) => number, error: string): z.ZodType {
  return z.union([whole(range, error), written(range, pattern, parse, error)], { error });
}

function written(range: Range, pattern: RegExp, parse: (text: string) => number, error: string): z.ZodType {
  return z
    .string({ error })
    .regex(pattern, { error, abort: true })
    .transform(parse)
    .pipe(whole(range, error));
}

function addresses(error: string): z.ZodType {
  return z
    .union([z.string(), z.array(z.string()).min(1, { error })], { error })
    .transform((raw, context): Address[] => {
      const parsed = splitAddresses(raw)!.map(parseAddress);
      for (const problem of parsed.filter((item) => typeof item === 'string')) context.addIssue(problem);
      return parsed.filter((item) => typeof item !== 'string');
    });
}
