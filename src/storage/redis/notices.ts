import { randomBytes } from 'node:crypto';
import type { EndCause, Grant, LockNotice } from '../ports/lock.js';
import type { ClaimEnd, QueueNotice } from '../ports/queue.js';
import { type Client, newClient } from './client.js';
import { noticeChannel } from './layout.js';
import type { Target } from './location.js';

/** How long is waited for the subscription before anything is watched. */
const subscribeMs = 2_000;

/** A notice as the scripts write it: what happened, to which lock or queue, and texts. */
type Texts = readonly [what: string, id: string, ...texts: string[]];

/** Hears of locks. */
interface LockWatcher {
  hear(notice: LockNotice): void;
  /** Notices may have been missed. */
  missed(): void;
}

/** Hears of queues. */
export interface QueueWatcher {
  hear(notice: QueueNotice, partition: number): void;
  /** Notices may have been missed. */
  missed(): void;
}

/**
 * What happened to locks and queues. Scripts answer this process with it, and publish it to the others, who may miss
 * it: as long as their connection is away, or where the user may not publish.
 */
export class Notices implements AsyncDisposable {
  readonly #target: Target;
  readonly #namespace: string;
  readonly #lockWatchers = new Set<LockWatcher>();
  readonly #queueWatchers = new Set<QueueWatcher>();
  #listening: Promise<Client> | undefined;

  /** Tells this process's notices from others'. */
  readonly sender = randomBytes(6).toString('base64url');
  /** By which scripts publish. */
  readonly command: 'PUBLISH' | 'SPUBLISH';

  constructor(target: Target, namespace: string) {
    this.#target = target;
    this.#namespace = namespace;
    this.command = target.topology.kind === 'cluster' ? 'SPUBLISH' : 'PUBLISH';
  }

  channel(partition: number): string {
    return noticeChannel(this.#namespace, partition, this.#target.database);
  }

  /** Tells what a script in a partition wrote. */
  tell(partition: number, text: string): void {
    if (text === '') return;
    for (const notice of JSON.parse(text) as readonly Texts[]) {
      const lock = lockNotice(notice);
      if (lock) for (const watcher of this.#lockWatchers) watcher.hear(lock);
      const queue = lock ? undefined : queueNotice(notice);
      if (queue) for (const watcher of this.#queueWatchers) watcher.hear(queue, partition);
    }
  }

  async watchLocks(partitions: number, watcher: LockWatcher): Promise<AsyncDisposable> {
    return this.#watch(partitions, this.#lockWatchers, watcher);
  }

  async watchQueues(partitions: number, watcher: QueueWatcher): Promise<AsyncDisposable> {
    return this.#watch(partitions, this.#queueWatchers, watcher);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    (await this.#listening?.catch(() => undefined))?.disconnect();
  }

  async #watch<Watcher>(
    partitions: number,
    watchers: Set<Watcher>,
    watcher: Watcher,
  ): Promise<AsyncDisposable> {
    watchers.add(watcher);
    this.#listening ??= this.#listen(partitions);
    await this.#listening;
    return {
      [Symbol.asyncDispose]: async () => {
        watchers.delete(watcher);
      },
    };
  }

  async #listen(partitions: number): Promise<Client> {
    const client = await newClient(this.#target, { subscribes: true });
    const partitionOf = new Map<string, number>();
    for (let partition = 0; partition < partitions; partition++) {
      partitionOf.set(this.channel(partition), partition);
    }
    const onMessage = (channel: string, message: string) => {
      const blank = message.indexOf(' ');
      if (message.slice(0, blank) === this.sender) return;
      this.tell(partitionOf.get(channel)!, message.slice(blank + 1));
    };
    client.on('message', onMessage);
    client.on('smessage', onMessage);
    client.on('error', () => {});
    await this.#subscribe(client, [...partitionOf.keys()]);
    return client;
  }

  /** Subscribes, at each connection again; resolves at the first time, or after a while. */
  #subscribe(client: Client, channels: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      let isAwaited = true;
      const timer = setTimeout(() => {
        isAwaited = false;
        resolve();
      }, subscribeMs);
      const subscribe = async () => {
        if (this.command === 'PUBLISH') await client.subscribe(...channels);
        else for (const channel of channels) await client.ssubscribe(channel);
      };
      const onReady = async () => {
        await subscribe().catch(() => {});
        if (!isAwaited)
          for (const watcher of [...this.#lockWatchers, ...this.#queueWatchers]) watcher.missed();
        isAwaited = false;
        clearTimeout(timer);
        resolve();
      };
      client.on('ready', onReady);
      if (client.status === 'ready') void onReady();
    });
  }
}

/** Undefined where it is a queue's. */
function lockNotice([what, lockId, ticket, requestId, ...rest]: Texts): LockNotice | undefined {
  const of = { lockId, ticket: Number(ticket), requestId: requestId! };
  switch (what) {
    case 'granted':
      return { ...of, kind: 'granted', grant: grantOf(rest) };
    case 'interrupted':
      return { ...of, kind: 'interrupted' };
    case 'ended': {
      const [fence, cause, endTime] = rest;
      const ending = { fence: Number(fence), cause: cause as EndCause, endTime: Number(endTime) };
      return { ...of, kind: 'ended', ending: fence === '' ? undefined : ending };
    }
    default:
      return undefined;
  }
}

function grantOf([fence, grantTime, endTime, interrupted]: readonly string[]): Grant {
  return {
    fence: Number(fence),
    grantTime: Number(grantTime),
    endTime: endTime === '' ? undefined : Number(endTime),
    interrupted: interrupted === '1',
  };
}

function queueNotice([what, queueId, first, partition, claim, cause, endTime]: Texts): QueueNotice {
  if (what === 'ready') return { queueId, kind: 'ready', count: Number(first) };
  const receipt = { messageId: first!, partition: Number(partition), claim: Number(claim) };
  if (what === 'claim_interrupted') return { queueId, kind: 'interrupted', receipt };
  const ending = { cause: cause as ClaimEnd, endTime: Number(endTime) };
  return { queueId, kind: 'ended', receipt, ending };
}
