import { checkObject } from '../json/check.js';
import { elements, member } from '../json/slice.js';
import { newClient } from '../storage/redis/client.js';
import { Connection } from '../storage/redis/connection.js';
import { textOf } from '../storage/redis/errors.js';
import { describeTarget, parseLocation } from '../storage/redis/location.js';
import { withoutNaN } from './nan.js';
import type { Source, StoredConversation } from './source.js';
import { wrong } from './sources.js';

/** How many keys the server looks at for an answer. */
const step = 500;

/** The keys of Rasa's Redis tracker store; `?prefix=` is its `key_prefix`. */
export async function openRedis(scheme: string, location: string): Promise<Source> {
  const { rest, prefix } = split(location);
  const target = parseLocation(scheme, rest);
  if (target.topology.kind === 'cluster') throw wrong('Rasa keeps nothing in a cluster');
  const connection = new Connection(await newClient(target));
  try {
    await connection.ready();
    return {
      name: `${prefix}* at ${describeTarget(target)}`,
      size: Number(await connection.call('dbsize')),
      conversations: () => scan(connection, prefix),
      [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
    };
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

/** The location of the server, and how Rasa's keys begin there. */
function split(location: string): { readonly rest: string; readonly prefix: string } {
  const [place = '', query = ''] = location.split(/\?(.*)/s, 2);
  const parameters = new URLSearchParams(query);
  const prefix = parameters.get('prefix') ?? '';
  if (!/^[\p{L}\p{N}]*$/u.test(prefix)) {
    throw wrong('"prefix" must be alphanumeric: Rasa leaves any other key_prefix out');
  }
  parameters.delete('prefix');
  return {
    rest: parameters.size > 0 ? `${place}?${parameters}` : place,
    prefix: prefix === '' ? 'tracker:' : `${prefix}:tracker:`,
  };
}

async function* scan(connection: Connection, prefix: string): AsyncGenerator<StoredConversation> {
  let cursor = '0';
  do {
    const reply = await connection.call('scan', cursor, 'MATCH', `${prefix}*`, 'COUNT', step);
    const [next, keys] = reply as [string, string[]];
    for (const key of keys) {
      const conversation = await read(connection, key, prefix);
      if (conversation) yield conversation;
    }
    cursor = next;
  } while (cursor !== '0');
}

/** Undefined where it has ended meanwhile. */
async function read(
  connection: Connection,
  key: string,
  prefix: string,
): Promise<StoredConversation | undefined> {
  const id = key.slice(prefix.length);
  try {
    const [text, ttl] = await Promise.all([connection.call('get', key), connection.call('pttl', key)]);
    if (text === null) return undefined;
    const expires = Number(ttl) >= 0 ? ({ expires: true } as const) : {};
    return { id, share: 1, ...eventsOf(text as string), ...expires };
  } catch (error) {
    if (!textOf((error as Error).cause).startsWith('WRONGTYPE')) throw error;
    return { id, share: 1, bytes: 0, events: [], fault: `the key ${key} is no string` };
  }
}

function eventsOf(text: string): Pick<StoredConversation, 'events' | 'bytes' | 'fault'> {
  const bytes = Buffer.byteLength(text);
  const fault = checkObject(withoutNaN(text), Number.POSITIVE_INFINITY);
  if (fault !== undefined) return { bytes, events: [], fault: `its value ${fault}` };
  const events = member(text, 'events');
  if (!events?.startsWith('[')) return { bytes, events: [], fault: 'its value has no array "events"' };
  return { bytes, events: elements(events).map((event, i) => ({ place: `events[${i}]`, text: event })) };
}
