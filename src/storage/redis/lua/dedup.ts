import { growing, settled } from './ends.js';
import { lua } from './lua.js';

/*
 * The dedup ids of a queue are known in the queue's partition, also of messages that are in another, as those of
 * their group are. Such a message is pushed in steps, each of which may be the last: its dedup id is reserved, then it
 * is pushed. Whether a reservation still stands, the message's partition decides: where the message is neither there
 * nor done within the window, it never comes to be.
 */

/** ARGV behind those of all: a request's id and digest. Answers what it was answered before, if it was. */
export const recall = lua`${settled}
return answer(repeated(ARGV[9], ARGV[10]) or false)
`;

/** ARGV behind those of all: the queue, the dedup id, the message's id and its partition. */
export const reserve = lua`${growing}
local message = {queue = ARGV[9], dedup = ARGV[10], id = ARGV[11]}
local twin, elsewhere = twin_of(message)
if elsewhere then return answer('elsewhere', twin, elsewhere) end
if twin then return answer('refused', twin) end
redis.call('ZADD', DEDUP_TIMES, now, dedup_field(message))
redis.call('HSET', MESSAGES, dedup_field(message), dedup_mark(message, false, tonumber(ARGV[12])))
return answer('reserved')
`;

/** ARGV behind those of all: the queue, the dedup id and the message's id. Answers 'stands' or 'void'. */
export const vouch = lua`${settled}
local message = {queue = ARGV[9], dedup = ARGV[10], id = ARGV[11]}
if redis.call('HEXISTS', MESSAGES, 'm' .. message.id) == 1 or twin_of(message) == message.id then
  return answer('stands')
end
redis.call('ZADD', DEDUP_TIMES, now, 'x' .. message.id)
redis.call('HSET', MESSAGES, 'x' .. message.id, digits(now))
return answer('void')
`;

/** ARGV behind those of all: the queue, the dedup id and the id of a message that never comes to be, or is done. */
export const forsake = lua`${settled}
local message = {queue = ARGV[9], dedup = ARGV[10], id = ARGV[11]}
local twin, elsewhere = twin_of(message)
if twin == message.id and elsewhere then
  redis.call('HDEL', MESSAGES, dedup_field(message))
  redis.call('ZREM', DEDUP_TIMES, dedup_field(message))
end
return answer()
`;
