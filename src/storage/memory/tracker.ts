import { randomBytes } from 'node:crypto';
import type { TrackerStore } from '../ports/tracker.js';
import { append, raiseFence } from './append.js';
import { erase, scrub } from './erase.js';
import { placeAt, readPage, trimLog } from './log.js';
import { conversation, listConversations, read } from './read.js';
import { newState } from './state.js';

/**
 * A tracker store in memory. Each method does its work in one go, so that nothing comes between; the epoch is
 * new with each store, so that a cursor from before a restart shows as one.
 */
export function openTracker(partitions: number): TrackerStore {
  const state = newState(randomBytes(8).toString('base64url'), partitions);
  const log = (partition: number) => state.logs[partition]!;
  return {
    storeId: 'memory',
    partitions,
    append: async (appends) => appends.map((one) => append(state, one)),
    raiseFence: async (conversationId, fence) => raiseFence(state, conversationId, fence),
    read: async (conversationId, range) => read(state, conversationId, range),
    readLog: async (partition, after, limit) => readPage(log(partition), state.epoch, after, limit),
    findPlace: async (partition, time) => placeAt(log(partition), time),
    conversation: async (conversationId) => conversation(state, conversationId),
    listConversations: async (prefix, after, limit) => listConversations(state, prefix, after, limit),
    erase: async (erasure) => erase(state, erasure),
    scrub: async (limit, before) => scrub(state, limit, before),
    trim: async (partition, position) => trimLog(log(partition), position),
  };
}
