import { expiry } from './expiry.js';
import { lua } from './lua.js';
import { partition } from './partition.js';
import { room } from './room.js';

/** The most that is read of the log at a time, in bytes. */
const maxReviewed = 1 << 20;

/**
 * What upkeep's scripts have in common: ARGV[3] is the most things to do, so that none takes long. What they do can
 * be left half done; another one goes on.
 */
const upkeep = lua`${partition}${room}
makes_room()
local limit = tonumber(ARGV[3])
local room = limit

-- Visits the ends of entries that are older than a time, from where the last script came to, until one is to be
-- visited again. Answers whether there may be more of them.
local function review(mark, before, visit)
  local begin, bytes = tonumber(redis.call('HGET', META, mark) or 0), 0
  local position, more = begin, false
  while position < log.position do
    more = room <= 0 or bytes > ${maxReviewed}
    if more then break end
    local value = redis.call('HGET', LOG, digits(position + 1))
    local entry = entry_of(value, position + 1)
    if entry and (entry.time > before or visit(entry) == 'again') then break end
    position, room, bytes = position + 1, room - 1, bytes + #(value or '')
  end
  if position > begin then redis.call('HSET', META, mark, position) end
  return more
end
`;

/**
 * Ends conversations that were left alone for too long. An entry that is old enough was its conversation's last, or a
 * later one will be old enough: so each is looked at once, in the order of the log. Answers how much was done, 1 where
 * there may be more, and how many were ended.
 */
export const expireConversations = lua`${upkeep}${expiry}
-- What an end takes, against a look at an entry.
local expiry_cost = 8

local expired = 0
local more = review('aged', now() - retention, function(entry)
  if entry.letter ~= 'A' then return end
  local head = head_of(entry.conversation)
  if not head or head.life ~= entry.life or head.last ~= entry.last or head.present == 0 then return end
  expire(entry.conversation, head)
  expired, room = expired + 1, room - expiry_cost
end)
return {limit - room, more and 1 or 0, expired}
`;

/**
 * ARGV[4] and ARGV[5]: since when a conversation must have been without events to be forgotten, and how long an
 * erasure's entry is kept. Removes what is erased, then runs that the feed does not show any more, heads of
 * conversations without events, and erasures' entries. Answers how much was done, and 1 where there may be more. How
 * far an erasure came is its score in SCRUBS, written behind what was removed.
 */
export const scrub = lua`${upkeep}
local idle_before, erasure_retention = '(' .. ARGV[4], tonumber(ARGV[5])

local function put_tombstone(entry)
  local run, offset = run_of(entry.position), (entry.position - 1) % run_size
  local found = tombstones_in(run)
  if found[offset] then return end
  local check = string.gsub(entry.check, '%x%x', function(byte) return string.char(tonumber(byte, 16)) end)
  local length = entry.position - entry.first + 1
  found[offset] = {length = length, time = entry.time, check = check}
  found.packed = found.packed .. struct.pack(tombstone, offset, length, entry.time, check)
  redis.call('HSET', RUNS, run, found.packed)
end

-- Moves what is left of an entry from the log to a run, where the feed still goes along it.
local function bury(entry)
  if entry.position > log.trimmed then put_tombstone(entry) end
  redis.call('HDEL', LOG, digits(entry.position))
end

local function forget_append(a)
  local field = a.num .. ':' .. a.id
  if redis.call('HGET', IDS, field) == digits(a.position) then redis.call('HDEL', IDS, field) end
  bury(a)
end

-- Scrubs a stretch within one append, and answers its last sequence.
local function scrub_entry(x, sequence)
  local place = place_of(x.num, sequence)
  local a = place and entry_at(place)
  if not a then return sequence end
  local upto = math.min(x.to, a.last, sequence + room - 1)
  local removed = {}
  for one = sequence, math.min(upto, a.last - 1) do
    removed[#removed + 1] = digits(a.first + one - a.sequence)
  end
  if #removed > 0 then redis.call('HDEL', LOG, unpack(removed)) end
  if upto == a.last then
    if x.kind == 'truncate' then remove_event(x.num, upto) else forget_append(a) end
  end
  return upto
end

local function forget_places(x, upto)
  local is_last = upto == x.to and head_of(x.conversation).last == upto
  if upto % chunk_size == 0 or is_last then redis.call('HDEL', PLACES, chunk_of(x.num, upto)) end
end

local function scrub_some(task, sequence)
  local x = entry_at(tonumber(task))
  local upto = scrub_entry(x, sequence)
  if x.kind ~= 'truncate' then forget_places(x, upto) end
  if upto == x.to then redis.call('ZREM', SCRUBS, task) else redis.call('ZADD', SCRUBS, upto + 1, task) end
  return upto - sequence + 1
end

local function next_task()
  local found = redis.call('ZRANGE', SCRUBS, 0, 0, 'WITHSCORES')
  return found[1], tonumber(found[2])
end

local function is_run_trimmed()
  return log.swept + run_size <= log.trimmed
end

local function remove_run()
  redis.call('HDEL', RUNS, run_of(log.swept + 1))
  log.swept = log.swept + run_size
  redis.call('HSET', META, 'swept', log.swept)
end

local function forget_conversation(conversation)
  local head = head_of(conversation)
  if head and head.present == 0 then redis.call('HDEL', HEADS, conversation) end
  redis.call('ZREM', IDLE, conversation)
end

-- Readers whose cursors are before it are told that they missed something, from before it is gone.
local function forget_erasure(x)
  redis.call('HSET', META, 'forgotten', x.position)
  redis.call('HDEL', ERASURES, x.num .. ':' .. x.id)
  bury(x)
end

local task, sequence = next_task()
while task and room > 0 do
  room = room - scrub_some(task, sequence)
  task, sequence = next_task()
end
while room > 0 and is_run_trimmed() do
  remove_run()
  room = room - 1
end
-- By now, if there is room, nothing is left of what they had.
for _, conversation in ipairs(redis.call('ZRANGEBYSCORE', IDLE, '-inf', idle_before, 'LIMIT', 0, room)) do
  forget_conversation(conversation)
  room = room - 1
end
local idle = redis.call('ZCOUNT', IDLE, '-inf', idle_before)
local more = review('reviewed', now() - erasure_retention, function(entry)
  if entry.letter ~= 'X' then return end
  if redis.call('ZSCORE', SCRUBS, digits(entry.position)) then return 'again' end
  forget_erasure(entry)
end)
return {limit - room, (task or is_run_trimmed() or idle > 0 or more) and 1 or 0}
`;
