import { posix } from 'node:path';

/** What each part of src/ may import besides itself and the leaves; a backend is a part of its own. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  main: ['app', 'cli', 'config', 'storage/registry', 'telemetry'],
  app: [
    'rpc',
    'gen',
    'tracker',
    'feed',
    'lock',
    'queue',
    'storage',
    'storage/registry',
    'config',
    'telemetry',
  ],
  cli: ['config', 'rasa'],
  rasa: ['storage/sqlite', 'storage/redis'],
  rpc: ['gen', 'tracker', 'feed', 'lock', 'queue', 'storage', 'config', 'telemetry'],
  tracker: ['storage'],
  feed: ['storage'],
  lock: ['storage'],
  queue: ['storage'],
  config: ['storage/registry'],
  telemetry: ['config'],
  storage: [],
  'storage/sql': ['storage'],
  'storage/journal': ['storage'],
  json: [],
  errors: [],
};

/** Packages that only some parts may know. */
const packageOf: readonly { name: RegExp; parts: readonly string[] }[] = [
  { name: /^@trackside\/client/, parts: ['cli'] },
  { name: /^(nice-grpc|@grpc\/|@bufbuild\/)/, parts: ['rpc', 'cli', 'app'] },
  { name: /^(node:sqlite|@photostructure\/sqlite)/, parts: ['storage/sqlite', 'storage/journal'] },
  { name: /^ioredis/, parts: ['storage/redis'] },
];

const leaves: readonly string[] = ['json', 'errors'];

/** Names the imports among these sources (path below src/ → text) that go against the house's direction. */
export function wrongImports(sources: ReadonlyMap<string, string>): string[] {
  const wrong: string[] = [];
  for (const [path, text] of sources) {
    for (const specifier of importsOf(text)) {
      const reason = objection(path, specifier);
      if (reason) wrong.push(`src/${path} imports ${specifier}: ${reason}`);
    }
  }
  return wrong;
}

function importsOf(text: string): string[] {
  const statements = text.matchAll(/(?:\bfrom|\bimport|\bimport\(|\bnew URL\()\s*['"`]([^'"`]+)['"`]/g);
  return [...statements].map((statement) => statement[1]!);
}

function objection(path: string, specifier: string): string | undefined {
  const part = partOf(path);
  if (part === 'errors') return 'errors.ts imports nothing';
  if (specifier.startsWith('#gen/')) return judge(part, 'gen');
  if (specifier.endsWith('.json')) return undefined;
  if (specifier.startsWith('.')) return judge(part, partOf(posix.join(posix.dirname(path), specifier)));
  const rule = packageOf.find(({ name }) => name.test(specifier));
  return rule && !rule.parts.includes(part) ? `only ${rule.parts.join(', ')} may know it` : undefined;
}

function judge(part: string, target: string): string | undefined {
  if (part === target || leaves.includes(target)) return undefined;
  const allowed =
    mayImport[part] ??
    (part.startsWith('storage/') ? ['storage', 'storage/sql', 'storage/registry'] : undefined);
  if (!allowed)
    return `${part} has no place in the import direction yet; give it one in test/architecture.ts`;
  if (allowed.includes(target)) return undefined;
  if (part === 'storage/registry' && target.startsWith('storage')) return undefined;
  return `${part} may import ${[...allowed, ...leaves].join(', ')}`;
}

/** The part that a file belongs to: its top folder or file; in storage/ each backend, and the registry that names them. */
function partOf(path: string): string {
  const [top = '', second, third] = path.replace(/\.[jt]s$/, '').split('/');
  if (top !== 'storage') return top;
  if (second === 'ports') return 'storage';
  return third !== undefined || second === 'registry' ? `storage/${second}` : 'storage';
}
