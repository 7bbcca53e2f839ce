import { append } from './lua/append.js';
import { getEntries, listEntries, removeEntries, sweepEntries, writeEntries } from './lua/cache.js';
import { forsake, recall, reserve, vouch } from './lua/dedup.js';
import { erase } from './lua/erase.js';
import { raiseFence } from './lua/fence.js';
import {
  deleteHolding,
  enter,
  expireTickets,
  extend,
  getLock,
  keep,
  leave,
  listLocks,
  release,
  sweepLocks,
} from './lua/lock.js';
import { findPlace, readLog, trim } from './lua/log.js';
import {
  claim,
  expireMessages,
  getQueue,
  lastPlace,
  listQueues,
  lookForClaimable,
  peek,
  pop,
  purge,
  push,
  putBack,
  replay,
  settle,
  sweepQueues,
} from './lua/queue.js';
import { conversation, list, read } from './lua/read.js';
import {
  getRecords,
  listRecords,
  readItems,
  removeRecords,
  sweepRecords,
  writeRecords,
} from './lua/record.js';
import { identify } from './lua/store.js';
import { expireConversations, scrub } from './lua/upkeep.js';
import { Script } from './script.js';

/** One script per operation. */
export const scripts = {
  identify: new Script(identify),
  append: new Script(append),
  raiseFence: new Script(raiseFence),
  read: new Script(read),
  conversation: new Script(conversation),
  list: new Script(list),
  readLog: new Script(readLog),
  findPlace: new Script(findPlace),
  trim: new Script(trim),
  erase: new Script(erase),
  expireConversations: new Script(expireConversations),
  scrub: new Script(scrub),
  writeEntries: new Script(writeEntries),
  getEntries: new Script(getEntries),
  listEntries: new Script(listEntries),
  removeEntries: new Script(removeEntries),
  sweepEntries: new Script(sweepEntries),
  writeRecords: new Script(writeRecords),
  getRecords: new Script(getRecords),
  readItems: new Script(readItems),
  listRecords: new Script(listRecords),
  removeRecords: new Script(removeRecords),
  sweepRecords: new Script(sweepRecords),
  enter: new Script(enter),
  keep: new Script(keep),
  extend: new Script(extend),
  release: new Script(release),
  leave: new Script(leave),
  deleteHolding: new Script(deleteHolding),
  getLock: new Script(getLock),
  listLocks: new Script(listLocks),
  expireTickets: new Script(expireTickets),
  sweepLocks: new Script(sweepLocks),
  recall: new Script(recall),
  reserve: new Script(reserve),
  vouch: new Script(vouch),
  forsake: new Script(forsake),
  push: new Script(push),
  putBack: new Script(putBack),
  lookForClaimable: new Script(lookForClaimable),
  claim: new Script(claim),
  pop: new Script(pop),
  settle: new Script(settle),
  getQueue: new Script(getQueue),
  listQueues: new Script(listQueues),
  peek: new Script(peek),
  purge: new Script(purge),
  replay: new Script(replay),
  lastPlace: new Script(lastPlace),
  expireMessages: new Script(expireMessages),
  sweepQueues: new Script(sweepQueues),
} as const;
