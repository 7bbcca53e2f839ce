import { randomBytes } from 'node:crypto';
import type { Micros } from '../ports/common.js';
import type { TrackerStore } from '../ports/tracker.js';
import { append, raiseFence } from './append.js';
import { erase, scrub } from './erase.js';
import { expire } from './expire.js';
import { placeAt, readPage, trimLog } from './log.js';
import { conversation, listConversations, read } from './read.js';
import { newState, type State } from './state.js';

/**
 * A tracker store in memory. Each method does its work in one go, so that nothing comes between; the epoch is
 * new with each store, so that a cursor from before a restart shows as one.
 */
export function openTracker(partitions: number, retention?: Micros): TrackerStore {
  const state = newState(randomBytes(8).toString('base64url'), partitions, retention);
  const log = (partition: number) => state.logs[partition]!;
  const now = (): State => {
    expire(state);
    return state;
  };
  return {
    storeId: 'memory',
    partitions,
    append: async (appends) => appends.map((one) => append(now(), one)),
    read: async (conversationId, range) => read(now(), conversationId, range),
    readFenced: async (conversationId, fence, range) => {
      const outcome = raiseFence(now(), conversationId, fence);
      if (outcome.status === 'fence_stale') return outcome;
      return { ...outcome, page: read(state, conversationId, range) };
    },
    readLog: async (partition, after, limit) => readPage(now().logs[partition]!, state.epoch, after, limit),
    findPlace: async (partition, time) => placeAt(log(partition), time),
    conversation: async (conversationId) => conversation(now(), conversationId),
    listConversations: async (prefix, after, limit) => listConversations(now(), prefix, after, limit),
    erase: async (erasure) => erase(now(), erasure),
    scrub: async (limit, before) => scrub(now(), limit, before),
    trim: async (partition, position) => trimLog(log(partition), position),
  };
}
