import { CacheModel, plain, RecordModel } from './models.js';
import type { CacheSeen, RecordSeen } from './observations.js';

/*
 * One function per promise of the cache and the records, over everything that was observed of a store, in order.
 * Each throws an error that begins with the promise's name.
 */

/** What has expired is not returned, not listed, and is no entry to any write. */
export function expiring(seen: readonly CacheSeen[]): void {
  replayCache(seen, (one, model) => {
    const assertLive = (key: string, what: string) => {
      if (!model.live(key, one.now)) fail('Expiring', `${key} was ${what} at ${one.now}`);
    };
    if (one.call === 'keys') for (const key of one.keys) assertLive(key, 'listed');
    if (one.call !== 'get') return;
    for (const [i, key] of one.keys.entries()) if (one.found[i]) assertLive(key, 'returned');
  });
}

/** A write takes effect where its condition holds, and only there. */
export function conditionalWrites(seen: readonly CacheSeen[], records: readonly RecordSeen[] = []): void {
  replayCache(
    seen,
    () => {},
    (write, outcome, model, now) => {
      if (outcome.status !== 'done' || outcome.result.applied === model.applies(write, now)) return;
      fail('Conditional', `${write.kind} of ${write.key} at ${now}: applied is ${outcome.result.applied}`);
    },
  );
  replayRecords(
    records,
    () => {},
    (write, outcome, model) => {
      if (outcome.status === 'repeated' || outcome.status === 'request_id_reused') return;
      const expected = model.statusOf(write);
      if (outcome.status !== expected)
        fail('Conditional', `${write.kind} of ${write.key}: ${outcome.status}, not ${expected}`);
    },
  );
}

/** A batch is answered in the order asked for, each key with what was written last. */
export function inOrder(seen: readonly CacheSeen[], records: readonly RecordSeen[] = []): void {
  replayCache(seen, (one, model) => {
    if (one.call === 'keys') {
      const live = [...model.entries.keys()].filter((key) => model.live(key, one.now));
      assertKeys(one.keys, live, one.prefix);
    }
    if (one.call !== 'get') return;
    one.keys.forEach((key, i) => {
      assertSame(`${key} at ${one.now}`, one.found[i]?.value, model.live(key, one.now)?.value);
    });
  });
  replayRecords(records, (one, model) => {
    if (one.call === 'keys') assertKeys(one.keys, [...model.records.keys()], one.prefix);
    if (one.call !== 'get') return;
    one.keys.forEach((key, i) => {
      const found = one.found[i];
      const content = model.records.get(key)?.content;
      if (Array.isArray(content)) {
        if (found?.kind !== 'list' || found.count !== content.length) fail('In order', `${key} is a list`);
      } else {
        assertSame(key, found?.kind === 'value' ? found.value : undefined, content);
      }
    });
  });
}

/** A request that bears an id is carried out once; a repeat gets the first result, another request a refusal. */
export function carriedOutOnce(seen: readonly CacheSeen[], records: readonly RecordSeen[] = []): void {
  const judge = (
    requests: ReadonlyMap<string, string>,
    request: { id: string; digest: string } | undefined,
    status: string,
  ) => {
    const before = request && requests.get(request.id);
    const expected =
      before === undefined ? 'new' : before === request!.digest ? 'repeated' : 'request_id_reused';
    const actual = status === 'repeated' || status === 'request_id_reused' ? status : 'new';
    if (actual !== expected) fail('Once', `request ${request?.id} was ${actual}, not ${expected}`);
  };
  replayCache(
    seen,
    () => {},
    (write, outcome, model) => judge(model.requests, write.request, outcome.status),
  );
  replayRecords(
    records,
    () => {},
    (write, outcome, model) => judge(model.requests, write.request, outcome.status),
  );
}

/** Every write to a record gives a version above all that were given before, also to other keys. */
export function versioned(records: readonly RecordSeen[]): void {
  replayRecords(
    records,
    (one, model) => {
      if (one.call !== 'get') return;
      one.keys.forEach((key, i) => {
        const [found, right] = [one.found[i]?.version, model.records.get(key)?.version];
        if (found !== right) fail('Versioned', `${key} has version ${found}, ${right} was given`);
      });
    },
    (write, outcome, model) => {
      if (outcome.status !== 'done' || write.kind === 'delete') return;
      if (outcome.result.version <= model.highest) {
        fail('Versioned', `${write.key} got ${outcome.result.version} after ${model.highest}`);
      }
    },
  );
}

/** A list has the items that were appended, in order; a range of it is what its bounds say. */
export function listed(records: readonly RecordSeen[]): void {
  replayRecords(records, (one, model) => {
    if (one.call !== 'items' || !one.page) return;
    const all = model.listAt(one.key) ?? [];
    const { start, end } = one.range;
    const right = all.slice(
      start < 0 ? Math.max(all.length + start, 0) : start,
      end === -1 ? undefined : end + 1,
    );
    const [shown, expected] = [one.page.items, right].map((items) => items.map(plain).join());
    if (one.page.count !== all.length || shown !== expected) {
      fail('Listed', `${one.key} ${start}..${end} is ${shown} of ${one.page.count}, not ${expected}`);
    }
  });
}

type CacheWrites = Extract<CacheSeen, { call: 'write' }>;
type RecordWrites = Extract<RecordSeen, { call: 'write' }>;

/** Goes through what was seen with a model as it stands before each call, and before each write. */
function replayCache(
  seen: readonly CacheSeen[],
  look: (one: CacheSeen, model: CacheModel) => void,
  judge: (
    write: CacheWrites['writes'][number],
    outcome: CacheWrites['outcomes'][number],
    model: CacheModel,
    now: number,
  ) => void = () => {},
): void {
  const model = new CacheModel();
  for (const one of seen) {
    look(one, model);
    if (one.call === 'clear') removeKeys(model.entries, one.prefix);
    if (one.call !== 'write') continue;
    one.writes.forEach((write, i) => {
      const outcome = one.outcomes[i]!;
      judge(write, outcome, model, one.now);
      if (outcome.status === 'done' && outcome.result.applied) model.apply(write, one.now);
    });
  }
}

function replayRecords(
  seen: readonly RecordSeen[],
  look: (one: RecordSeen, model: RecordModel) => void,
  judge: (
    write: RecordWrites['writes'][number],
    outcome: RecordWrites['outcomes'][number],
    model: RecordModel,
  ) => void = () => {},
): void {
  const model = new RecordModel();
  for (const one of seen) {
    look(one, model);
    if (one.call === 'clear') removeKeys(model.records, one.prefix);
    if (one.call !== 'write') continue;
    one.writes.forEach((write, i) => {
      const outcome = one.outcomes[i]!;
      judge(write, outcome, model);
      if (outcome.status === 'done') model.apply(write, outcome.result.version);
    });
  }
}

function removeKeys(map: Map<string, unknown>, prefix: string): void {
  for (const key of map.keys()) if (key.startsWith(prefix)) map.delete(key);
}

function assertKeys(listed: readonly string[], there: readonly string[], prefix: string): void {
  const right = there.filter((key) => key.startsWith(prefix));
  right.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (listed.join('\0') !== right.join('\0')) {
    fail('In order', `keys ${prefix}*: ${listed.join(' ')}, not ${right.join(' ')}`);
  }
}

function assertSame(
  what: string,
  found: Parameters<typeof plain>[0],
  right: Parameters<typeof plain>[0],
): void {
  if (plain(found) !== plain(right)) fail('In order', `${what}: ${plain(found)}, not ${plain(right)}`);
}

function fail(promise: string, what: string): never {
  throw new Error(`${promise}: ${what}`);
}
