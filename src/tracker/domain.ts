import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isScalar, parseDocument } from 'yaml';
import { type DomainSlots, listValue } from './slots.js';

/**
 * Reads the slots of a Rasa 3 domain: a YAML file, or a directory whose .yml and .yaml files are merged, those in
 * its directories included, hidden ones not. Adds the slots that Rasa adds by itself. Rejects with an Error that
 * names the file and the key.
 */
export async function loadDomainSlots(path: string): Promise<DomainSlots> {
  const domain = new Domain();
  for (const file of await domainFiles(path)) {
    const text = await readFile(file, 'utf8');
    try {
      domain.merge(file, text);
    } catch (error) {
      throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
    }
  }
  return domain.slots();
}

async function domainFiles(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = await readdir(path, { recursive: true });
  const files = names.filter((name) => /\.ya?ml$/.test(name) && !/(?:^|[/\\])\./.test(name)).sort();
  if (files.length === 0) throw new Error(`${path}: has no .yml or .yaml file`);
  return files.map((name) => join(path, name));
}

interface SlotOrigin {
  readonly file: string;
  readonly isList: boolean;
  readonly value: string;
}

type YamlMap = Readonly<Record<string, unknown>>;

class Domain {
  readonly #slots = new Map<string, SlotOrigin>();
  #hasForms = false;
  #queriesKnowledgeBase = false;

  merge(file: string, text: string): void {
    const yaml = parse(text);
    for (const [name, slot] of Object.entries(mapAt(yaml.root, 'slots'))) {
      const key = `slots.${name}`;
      const spec = mapOf(slot, key);
      const source = yaml.numberAt('slots', name, 'initial_value');
      const value = source ?? toJson(spec.initial_value ?? null, `${key}.initial_value`);
      this.#add(name, { file, isList: spec.type === 'list', value });
    }
    if (Object.keys(mapAt(yaml.root, 'forms')).length > 0) this.#hasForms = true;
    if (actionNames(yaml.root.actions).includes('action_query_knowledge_base')) {
      this.#queriesKnowledgeBase = true;
    }
  }

  slots(): DomainSlots {
    const initialSlots = new Map<string, string>();
    const listSlots = new Set<string>();
    for (const [name, { isList, value }] of this.#slots) {
      initialSlots.set(name, isList ? listValue(value) : value);
      if (isList) listSlots.add(name);
    }
    for (const name of this.#ownOfRasa()) if (!initialSlots.has(name)) initialSlots.set(name, 'null');
    initialSlots.set('session_started_metadata', 'null');
    listSlots.delete('session_started_metadata');
    return { initialSlots, listSlots };
  }

  #add(name: string, slot: SlotOrigin): void {
    const other = this.#slots.get(name);
    if (other && (other.value !== slot.value || other.isList !== slot.isList)) {
      throw new Error(`slots.${name}: differs from the slot of that name in ${other.file}`);
    }
    this.#slots.set(name, slot);
  }

  #ownOfRasa(): string[] {
    const names = this.#hasForms ? ['requested_slot'] : [];
    if (!this.#queriesKnowledgeBase) return names;
    const parts = ['listed_objects', 'last_object', 'last_object_type'];
    return [...names, ...parts.map((part) => `knowledge_base_${part}`)];
  }
}

interface Yaml {
  readonly root: YamlMap;
  /** A number as it is written, where it is written as JSON would. */
  numberAt(...path: string[]): string | undefined;
}

function parse(text: string): Yaml {
  const document = parseDocument(text, { merge: true });
  if (document.errors[0]) throw document.errors[0];
  return {
    root: mapOf(document.toJS() ?? {}, 'the domain'),
    numberAt(...path) {
      const node = document.getIn(path, true);
      const source = isScalar(node) && typeof node.value === 'number' ? node.source : undefined;
      return source && /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(source) ? source : undefined;
    },
  };
}

function mapAt(root: YamlMap, key: string): YamlMap {
  return mapOf(root[key] ?? {}, key);
}

function mapOf(value: unknown, key: string): YamlMap {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as YamlMap;
  throw new Error(`${key}: must be a mapping`);
}

/** Actions are names, or maps of a name to what it needs. */
function actionNames(actions: unknown): string[] {
  if (!Array.isArray(actions)) return [];
  return actions.flatMap((action: unknown) =>
    typeof action === 'object' && action !== null ? Object.keys(action) : [String(action)],
  );
}

function toJson(value: unknown, key: string): string {
  try {
    return JSON.stringify(value, refuseNonFinite);
  } catch (error) {
    throw new Error(`${key}: ${(error as Error).message}`);
  }
}

function refuseNonFinite(_: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  throw new Error(`holds ${value}, which JSON has no word for`);
}
