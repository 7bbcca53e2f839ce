import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { type DumpedConversation, parseConversation } from '#src/cli/append/dump.js';
import { Follower } from '../conformance/follower.js';
import type { SeenEvent } from '../conformance/observations.js';
import { insist } from '../conformance/queue/insist.js';
import { judgeFollower, readAll } from '../conformance/verdict.js';
import { upTo } from '../e2e/calls.js';
import { cleanUp } from '../e2e/sidecar.js';
import { isInstalled } from '../servers/servers.js';
import { RedisServer, RedisSite, Sites } from './redis-site.js';

const rounds = Number(process.env.TRACKSIDE_FAULT_ROUNDS ?? 8);
/** How many dialogues are written at a time. */
const lanes = 8;

let server: RedisServer | undefined;
afterEach(async () => {
  await cleanUp();
  await server?.[Symbol.asyncDispose]();
});

(isInstalled('redis-server') ? test : test.skip)(
  'dialogues written by one sidecar are followed at both, complete and in order, though either is killed',
  async () => {
    server = await RedisServer.start();
    const writing = await RedisSite.open(server.url);
    await writing.sidecar;
    const following = await RedisSite.open(server.url);
    const both = new Sites([writing, following], 16);
    const stop = new AbortController();
    const followers = [new Follower([]), new Follower([]), new Follower(['user', 'bot'])] as const;
    // The last goes on at the other sidecar wherever it is cut off.
    const sites = [writing, following, both];
    const feeds = followers.map((follower, i) => follower.follow(sites[i]!, stop.signal));
    const killing = killEither([writing, following], stop.signal);
    const written = replayWhile(writing, killing);
    await Promise.race([written, Promise.all(feeds)]).finally(() => stop.abort());
    await Promise.all([killing, ...feeds]);

    const { tracker } = await following.sidecar;
    const stored = await readAll(tracker);
    for (const follower of followers) {
      await follower.finish(tracker);
      judgeFollower(follower, stored);
    }
    expect(dataByConversation(stored)).toEqual(await written);
    const subscriptions = followers.map(({ runs }) => runs.length);
    process.stderr.write(
      `dialogues: ${rounds} kills, ${(await written).size} dialogues, ${stored.length} events; ` +
        `followed by ${subscriptions.join(', ')} subscriptions\n`,
    );
    expect(Math.min(...subscriptions)).toBeGreaterThan(1);
  },
  120_000 + rounds * 10_000,
);

async function killEither(sites: readonly RedisSite[], stop: AbortSignal): Promise<void> {
  for (let round = 0; round < rounds && !stop.aborted; round++) {
    await sleep(Math.random() ** 2 * 700);
    await sites[Math.floor(Math.random() * sites.length)]!.kill();
  }
}

/** Writes all dialogues, under other names again as long as something is done; what each has to hold. */
async function replayWhile(
  site: RedisSite,
  doing: Promise<void>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const written = new Map<string, readonly string[]>();
  let isDone = false;
  const done = doing.finally(() => {
    isDone = true;
  });
  for (let pass = 1; !isDone; pass++) {
    const waiting = dialogues().map((one) => ({ ...one, conversationId: `${one.conversationId}/${pass}` }));
    for (const { conversationId, events } of waiting) {
      written.set(
        conversationId,
        events.map(({ data }) => data),
      );
    }
    const lane = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await writeDialogue(site, next);
    };
    await Promise.all(upTo(lanes).map(lane));
  }
  await done;
  return written;
}

/** Appends turn by turn, each until it is acknowledged. */
async function writeDialogue(site: RedisSite, { conversationId, events }: DumpedConversation): Promise<void> {
  for (let start = 0; start < events.length; ) {
    const next = events.findIndex(({ type }, i) => i > start && type === 'user');
    const end = next < 0 ? events.length : next;
    const turn = events.slice(start, end).map(({ type, name, data }) => ({ type, name, data }));
    const request = { conversationId, appendId: `${start}`, events: turn };
    const { firstSequence } = await insist(site, ({ tracker }) => tracker.appendEvents(request));
    expect(Number(firstSequence)).toBe(start + 1);
    start = end;
  }
}

function dataByConversation(stored: readonly SeenEvent[]): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>();
  for (const { conversationId, data } of stored) {
    const before = all.get(conversationId);
    if (before) before.push(data);
    else all.set(conversationId, [data]);
  }
  return all;
}

/** Those of the dump that TRACKSIDE_TEST_DIALOGUES names, as Rasa writes it, else some that are made. */
function dialogues(): DumpedConversation[] {
  const file = process.env.TRACKSIDE_TEST_DIALOGUES;
  const lines = file ? readFileSync(file, 'utf8').trim().split('\n') : upTo(64).map(madeLine);
  return lines.map((text, i) =>
    parseConversation({ place: `${file ?? 'made'}:${i + 1}`, text, bytes: Buffer.byteLength(text) }),
  );
}

function madeLine(n: number): string {
  const turns = upTo(2 + (n % 9)).flatMap((turn) => [
    `{"event":"user","text":"“${turn}” caf\\u00e9","parse_data":{"intent":{"name":"say","confidence":1.0}}}`,
    `{ "event": "slot", "name": "heard",\t"value": ${turn}.0 }`,
    `{"event":"bot","text":"${n}: ${turn} ☕","timestamp":1789161707.714779}`,
  ]);
  return `{"sender_id":"made ${n}","events":[{"event":"action","name":"action_session_start"},${turns.join()}]}`;
}
