import { randomBytes } from 'node:crypto';
import type { OpenOptions } from '#src/storage/ports/backend.js';
import type { TrackerStore } from '#src/storage/ports/tracker.js';
import { newClient } from '#src/storage/redis/client.js';
import { Connection } from '#src/storage/redis/connection.js';
import { identify } from '#src/storage/redis/identity.js';
import { parseLocation } from '#src/storage/redis/location.js';
import { Partitions } from '#src/storage/redis/partitions.js';
import type { Runner } from '#src/storage/redis/script.js';
import { openTracker } from '#src/storage/redis/tracker.js';
import { type Running, serverNamed, start } from '../servers/servers.js';

const started = new Map<string, Promise<Running>>();
const connections = new Map<string, Promise<Connection>>();

/** A server of test/servers, which all tests of a file share. */
export function shared(name: string): Promise<Running> {
  let running = started.get(name);
  if (!running) {
    running = start(serverNamed(name));
    started.set(name, running);
  }
  return running;
}

/** Ends the connections and servers that tests share. */
export async function stopShared(): Promise<void> {
  for (const connection of connections.values()) await (await connection)[Symbol.asyncDispose]();
  connections.clear();
  for (const running of started.values()) await (await running)[Symbol.asyncDispose]();
  started.clear();
}

/** A connection of the tests' own to the server at a URL. */
export function connectionTo(url: string): Promise<Connection> {
  let connection = connections.get(url);
  if (!connection) {
    connection = connect(url);
    connections.set(url, connection);
  }
  return connection;
}

/** The URL of a namespace on a server. */
export function inNamespace(url: string, namespace: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}namespace=${namespace}`;
}

export function newNamespace(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}

/** Removes what a namespace has, so that a server given by its URL is left as it was. */
export async function removeNamespace(url: string, namespace: string): Promise<void> {
  const { client } = await connectionTo(url);
  await Promise.all((await allKeys(url, namespace)).map((key) => client.del(key)));
}

/** The keys of a namespace, in order: `store`, and with the number of their partitions such as `3:meta`. */
export async function keysOf(url: string, namespace: string): Promise<readonly string[]> {
  const keys = await allKeys(url, namespace);
  return keys
    .map((key) =>
      key
        .slice(namespace.length + 1)
        .replace(/^}?:/, '')
        .replace('}', ''),
    )
    .sort();
}

async function allKeys(url: string, namespace: string): Promise<readonly string[]> {
  const { client } = await connectionTo(url);
  const nodes = 'nodes' in client ? client.nodes('master') : [client];
  const keys = await Promise.all(nodes.map((node) => node.keys(`{${namespace}[:}]*`)));
  return keys.flat();
}

async function connect(url: string): Promise<Connection> {
  const colon = url.indexOf(':');
  const connection = new Connection(
    await newClient(parseLocation(url.slice(0, colon), url.slice(colon + 1))),
  );
  await connection.ready(10_000);
  return connection;
}

/** The tracker of a namespace with one partition, whose scripts a runner of the test's own runs; nobody hears of appends. */
export async function trackerOn(
  runner: Runner,
  namespace: string,
  options: Pick<OpenOptions, 'retention' | 'erasureRetention'> = {},
): Promise<TrackerStore> {
  const partitions = new Partitions(runner, namespace, await identify(runner, namespace, 1));
  const settling = () => async (written: readonly number[]) => written.map(() => 'persisted' as const);
  const hints = { tell: () => {}, listen: () => Promise.reject(new Error('nobody listens')) };
  return openTracker(partitions, { settling, runner }, hints, { isCluster: false, ...options });
}
