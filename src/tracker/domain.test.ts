import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadDomainSlots } from './domain.js';

describe('loadDomainSlots', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trackside-domain-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function write(name: string, text: string): Promise<string> {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  async function slotsOf(text: string): Promise<Record<string, string>> {
    const { initialSlots } = await loadDomainSlots(await write('domain.yml', text));
    return Object.fromEntries(initialSlots);
  }

  test('reads initial values, null where there is none', async () => {
    const slots = await slotsOf(`
version: "3.1"
slots:
  plain: { type: text, mappings: [{ type: from_text }] }
  text: { type: text, initial_value: "é \\"x\\"" }
  yes_is_text: { type: text, initial_value: yes }
  on: { type: bool, initial_value: true }
  kept: { type: float, initial_value: 1.0 }
  big: { type: any, initial_value: 12345678901234567890 }
  hexadecimal: { type: any, initial_value: 0x10 }
  map: { type: any, initial_value: { a: [1, null] } }
`);
    expect(slots).toEqual({
      plain: 'null',
      text: '"é \\"x\\""',
      yes_is_text: '"yes"',
      on: 'true',
      kept: '1.0',
      big: '12345678901234567890',
      hexadecimal: '16',
      map: '{"a":[1,null]}',
      session_started_metadata: 'null',
    });
  });

  test('resolves anchors and merge keys', async () => {
    const slots = await slotsOf(`
slots:
  a: &a { type: any, initial_value: &v 2.50 }
  b: { <<: *a }
  c: { type: any, initial_value: *v }
`);
    expect(slots).toMatchObject({ a: '2.50', b: '2.5', c: '2.5' });
  });

  test('names the slots of type list, their values wrapped', async () => {
    const path = await write(
      'domain.yml',
      'slots: {l: {type: list}, m: {type: list, initial_value: x}, a: {type: any}}',
    );
    const { initialSlots, listSlots } = await loadDomainSlots(path);
    expect(listSlots).toEqual(new Set(['l', 'm']));
    expect(initialSlots.get('l')).toBe('null');
    expect(initialSlots.get('m')).toBe('["x"]');
  });

  test('adds the slots that Rasa adds by itself', async () => {
    expect(await slotsOf('')).toEqual({ session_started_metadata: 'null' });
    expect(await slotsOf('forms: {}')).toEqual({ session_started_metadata: 'null' });
    expect(await slotsOf('forms: {f: {required_slots: []}}')).toEqual({
      requested_slot: 'null',
      session_started_metadata: 'null',
    });
    expect(await slotsOf('forms: {f: }\nslots: {requested_slot: {type: text, initial_value: x}}')).toEqual({
      requested_slot: '"x"',
      session_started_metadata: 'null',
    });
    expect(await slotsOf('actions: [utter_x, {action_query_knowledge_base: {send_domain: true}}]')).toEqual({
      knowledge_base_listed_objects: 'null',
      knowledge_base_last_object: 'null',
      knowledge_base_last_object_type: 'null',
      session_started_metadata: 'null',
    });
  });

  test('merges the files of a directory', async () => {
    await write('a.yml', 'slots: {a: {type: any, initial_value: 1}, same: {type: any}}');
    await write(
      'more/b.yaml',
      'slots: {b: {type: any}, same: {type: any}}\nforms: {f: {required_slots: [a]}}',
    );
    await write('nlu.yml', 'nlu: [{intent: greet}]');
    await write('notes.txt', 'slots: nonsense');
    await write('..data/a.yml', 'slots: {a: {type: any, initial_value: 2}}');
    await symlink('a.yml', join(directory, 'linked.yml'));
    const { initialSlots } = await loadDomainSlots(directory);
    expect(Object.fromEntries(initialSlots)).toEqual({
      a: '1',
      same: 'null',
      b: 'null',
      requested_slot: 'null',
      session_started_metadata: 'null',
    });
  });

  test.each([
    ['slots: [a]', 'slots: must be a mapping'],
    ['slots: {a: text}', 'slots.a: must be a mapping'],
    ['slots: {a: {initial_value: .nan}}', 'slots.a.initial_value: holds NaN'],
    ['slots: {a: {initial_value: [.inf]}}', 'slots.a.initial_value: holds Infinity'],
    ['slots: {a: {initial_value: &v [*v]}}', 'slots.a.initial_value: '],
    ['- a', 'the domain: must be a mapping'],
    ['slots: {a: {}, a: {}}', 'Map keys must be unique'],
    ['slots: {a', 'domain.yml: '],
  ])('refuses %j', async (text, problem) => {
    const path = await write('domain.yml', text);
    await expect(loadDomainSlots(path)).rejects.toThrow(problem);
    await expect(loadDomainSlots(path)).rejects.toThrow(path);
  });

  test('refuses two slots of one name that differ', async () => {
    await write('a.yml', 'slots: {s: {type: any, initial_value: 1}}');
    await write('b.yml', 'slots: {s: {type: any, initial_value: 2}}');
    await expect(loadDomainSlots(directory)).rejects.toThrow(
      `${join(directory, 'b.yml')}: slots.s: differs from the slot of that name in ${join(directory, 'a.yml')}`,
    );
  });

  test('refuses what is not there', async () => {
    const path = join(directory, 'missing.yml');
    await expect(loadDomainSlots(path)).rejects.toThrow(path);
    await expect(loadDomainSlots(directory)).rejects.toThrow('has no .yml or .yaml file');
  });
});
