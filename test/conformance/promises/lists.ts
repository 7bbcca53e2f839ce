import { expect } from '@jest/globals';
import { type Declare, nowAndReopened } from '../harness.js';
import { raiseFence } from '../ports-subject.js';
import { append, call, deletion, erase, fill, stored } from '../tools.js';

export function lists(it: Declare): void {
  it('lists conversations with events by the bytes of their ids, page by page', async (given) => {
    const { store } = given;
    const ids = ['b', 'a', 'B', 'ä', '\u{1F600}', '\uFF5E', 'a:2', 'a:10', 'a:1', 'a;'];
    for (const id of ids) await stored(store, call(id, 'x'));
    await raiseFence(store, 'fence-only', 1);
    await fill(store, 'gone', 1);
    await erase(store, 'gone', deletion);
    const sorted = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for await (const of of nowAndReopened(given)) {
      const listed = [];
      for (let after = ''; ; after = listed.at(-1)!) {
        const page = await of.listConversations('', after, 3);
        listed.push(...page.map((one) => one.conversationId));
        if (page.length < 3) break;
      }
      expect(listed).toEqual(sorted);
      const withPrefix = await of.listConversations('a:', '', 10);
      expect(withPrefix.map((one) => one.conversationId)).toEqual(['a:1', 'a:10', 'a:2']);
      expect((await of.listConversations('a:', 'a:1', 1)).map((one) => one.conversationId)).toEqual(['a:10']);
      expect(await of.listConversations('zz', '', 10)).toEqual([]);
    }
  });

  it('takes no letter of a prefix for a wildcard', async ({ store }) => {
    for (const id of ['a%b', 'axb', 'a_b', 'a*b', 'a?b', 'a[x]b', 'A%b']) await stored(store, call(id, 'x'));
    for (const prefix of ['a%', 'a_', 'a*', 'a?', 'a[x]']) {
      const listed = await store.listConversations(prefix, '', 10);
      expect(listed.map((one) => one.conversationId)).toEqual([`${prefix}b`]);
    }
  });

  it('tells what is known of a conversation', async ({ store }) => {
    const first = await stored(store, call('c', 'a', { fence: 3 }));
    const last = await stored(store, call('c', 'b'));
    const expected = {
      conversationId: 'c',
      partition: first.partition,
      life: 0,
      firstSequence: 1,
      lastSequence: 2,
      createTime: first.storeTime,
      updateTime: last.storeTime,
      highestFence: 3,
    };
    expect(await store.conversation('c')).toEqual(expected);
    expect(await store.listConversations('', '', 10)).toEqual([expected]);
    expect(await store.conversation('d')).toBeUndefined();
  });

  it('spreads conversations over the partitions, each always in the same', async ({ store }) => {
    const partitions = new Map<string, number>();
    for (let i = 0; i < 40; i++)
      partitions.set(`c-${i}`, (await stored(store, call(`c-${i}`, 'a'))).partition);
    for (const [id, partition] of partitions) {
      expect(await append(store, call(id, 'b'))).toMatchObject({ result: { partition } });
    }
    expect(new Set(partitions.values()).size).toBe(store.partitions);
  });
}
