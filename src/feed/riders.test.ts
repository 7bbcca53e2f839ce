import { expect, test } from '@jest/globals';
import type { AppendEntry } from '../storage/ports/tracker.js';
import { filterHash } from './filter.js';
import { type Rider, Riders } from './riders.js';

function newRider(filter: { conversationIds?: string[]; types?: string[] }): Rider & { wakes: number } {
  const full = {
    conversationIds: new Set(filter.conversationIds),
    conversationIdPrefix: '',
    types: new Set(filter.types),
    names: new Set<string>(),
  };
  return {
    filter: full,
    filterHash: filterHash(full),
    place: { position: 5, check: 'five' },
    wakes: 0,
    wake() {
      this.wakes += 1;
    },
  };
}

function entry(position: number, conversationId: string, type: string): AppendEntry {
  const texts = { name: '', data: '{}', metadata: '', appendId: 'x' };
  const event = {
    conversationId,
    sequence: 1,
    partition: 0,
    position,
    type,
    eventTime: 0,
    storeTime: 0,
    ...texts,
  };
  return { kind: 'append', first: position, position, check: `${position}`, conversationId, events: [event] };
}

test('an entry wakes those whom it concerns, at the place before it, and nobody else', () => {
  const riders = new Riders();
  const [mine, others, slots] = [
    newRider({ conversationIds: ['a'] }),
    newRider({ conversationIds: ['b'] }),
    newRider({ types: ['slot'] }),
  ];
  for (const rider of [mine, others, slots]) riders.add(rider);
  riders.dispatch(entry(9, 'a', 'user'), { position: 8, check: 'eight' });
  expect([mine.wakes, others.wakes, slots.wakes]).toEqual([1, 0, 0]);
  expect(mine.place).toEqual({ position: 8, check: 'eight' });
  expect([riders.has(mine), riders.has(others)]).toEqual([false, true]);
});

test('an entry costs no look at the riders of other conversations', () => {
  const riders = new Riders();
  let looks = 0;
  for (let i = 0; i < 1_000; i++) {
    const rider = newRider({ conversationIds: [`idle-${i}`] });
    const { types } = rider.filter;
    Object.defineProperty(rider.filter, 'types', {
      get() {
        looks += 1;
        return types;
      },
    });
    riders.add(rider);
  }
  riders.dispatch(entry(9, 'a', 'user'), { position: 8, check: 'eight' });
  expect(looks).toBe(0);
  riders.dispatch(entry(10, 'idle-7', 'user'), { position: 9, check: 'nine' });
  expect(looks).toBeGreaterThan(0);
});

test('a rider that read ahead is not shown an entry again', () => {
  const riders = new Riders();
  const ahead = newRider({});
  riders.add(ahead);
  riders.dispatch(entry(5, 'a', 'user'), { position: 4, check: 'four' });
  expect([ahead.wakes, ahead.place.position]).toEqual([0, 5]);
});

test('where the tail ends, riders are let off at the place that they came to', () => {
  const riders = new Riders();
  const [behind, ahead] = [newRider({}), newRider({ types: ['slot'] })];
  ahead.place = { position: 12, check: 'twelve' };
  for (const rider of [behind, ahead]) riders.add(rider);
  riders.clear({ position: 9, check: 'nine' });
  expect([behind.place.check, ahead.place.check]).toEqual(['nine', 'twelve']);
  expect([behind.wakes, ahead.wakes]).toEqual([1, 1]);
  expect([behind, ahead].some((rider) => riders.has(rider))).toBe(false);
});
