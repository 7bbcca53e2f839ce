import { judge } from './judge.js';
import { lua } from './lua.js';
import { partition } from './partition.js';
import { room } from './room.js';

/**
 * ARGV behind the store: a conversation, the request's id and digest, the kind, and what it takes: for 'delete' the
 * last sequence expected ('' for any), for 'truncate' the first to keep, for 'redact' the sequences, ascending.
 * Answers the status, and the entry's position and line, or the last sequence that was met.
 */
export const erase = lua`${partition}${judge}${room}
local erasure = {
  conversation = ARGV[2], id = ARGV[3], digest = ARGV[4], kind = ARGV[5], expected = tonumber(ARGV[6]),
  first_kept = tonumber(ARGV[6]), sequences = {},
}
if erasure.kind == 'redact' then
  for i = 6, #ARGV do erasure.sequences[i - 5] = tonumber(ARGV[i]) end
end

local head = head_of(erasure.conversation)
if not head then return {'missing'} end

local function is_visible(sequence)
  if sequence < head.first then return false end
  local _, there = position_in(entry_at(place_of(head.num, sequence)), sequence)
  return there
end

local function is_any_below(first_kept)
  for sequence = head.first, first_kept - 1 do
    if is_visible(sequence) then return true end
  end
  return false
end

local function to_ranges(sequences)
  local ranges = {}
  for _, sequence in ipairs(sequences) do
    local range = ranges[#ranges]
    if range and range[2] == sequence - 1 then range[2] = sequence
    else ranges[#ranges + 1] = {sequence, sequence} end
  end
  return ranges
end

local function ranges_of()
  if erasure.kind == 'delete' then
    return head.first <= head.last and {{head.first, head.last}} or {}
  elseif erasure.kind == 'truncate' then
    return is_any_below(erasure.first_kept) and {{head.first, erasure.first_kept - 1}} or {}
  end
  local visible = {}
  for _, sequence in ipairs(erasure.sequences) do
    if is_visible(sequence) then visible[#visible + 1] = sequence end
  end
  return to_ranges(visible)
end

local function line_at(position)
  return position > 0 and entry_at(position).line or ''
end

local prior
local field = head.num .. ':' .. erasure.id
local remembered = redis.call('HGET', ERASURES, field)
if remembered then
  local digest, position = string.match(remembered, '^(.*) (%d+)$')
  prior = {digest = digest, position = tonumber(position)}
end
local status = judge_erasure(erasure, head, prior)
if prior then return {status, prior.position, line_at(prior.position)} end
if status then return {status, head.last} end

makes_room()
erasure.ranges = ranges_of()
if #erasure.ranges == 0 and erasure.kind ~= 'delete' then
  redis.call('HSET', ERASURES, field, erasure.digest .. ' 0')
  return {'erased', 0, ''}
end
erasure.letter, erasure.position, erasure.num, erasure.time = 'X', log.position + 1, head.num, now()
erasure.from, erasure.to = head.first, head.last
if erasure.kind == 'delete' then erasure.from = head.begin end
if erasure.kind == 'truncate' then erasure.to = erasure.first_kept - 1 end
erasure.check = next_check(log.check, 'erase', erasure.conversation, erasure.id, erasure.digest)
redis.call('HSET', LOG, erasure.position, 'X' .. erasure_line(erasure))
apply(erasure, head)
return {'erased', erasure.position, line_at(erasure.position)}
`;

/**
 * ARGV behind the store: the most things to remove, and a time. Removes what is erased, then tombstones that the
 * feed does not show any more, then fences that stand alone since before the time. Answers how many were removed,
 * and 1 where more is left. How far an erasure came is its score in SCRUBS, written behind what was removed.
 */
export const scrub = lua`${partition}${room}
makes_room()
local limit, before = tonumber(ARGV[2]), '(' .. ARGV[3]
local room = limit

local function forget(a)
  local field = a.num .. ':' .. a.id
  if redis.call('HGET', IDS, field) == digits(a.position) then redis.call('HDEL', IDS, field) end
  if a.position <= log.trimmed then
    redis.call('HDEL', LOG, digits(a.position))
  else
    a.digest, a.id = '', ''
    redis.call('HSET', LOG, digits(a.position), 'T' .. append_line(a))
  end
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
  if upto == a.last and a.letter == 'A' then
    if x.kind == 'delete' then forget(a) else remove_event(x.num, upto) end
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
  if x.kind == 'delete' then forget_places(x, upto) end
  if upto == x.to then redis.call('ZREM', SCRUBS, task) else redis.call('ZADD', SCRUBS, upto + 1, task) end
  return upto - sequence + 1
end

local function next_task()
  local found = redis.call('ZRANGE', SCRUBS, 0, 0, 'WITHSCORES')
  return found[1], tonumber(found[2])
end

local function sweep_some()
  local upto = math.min(log.trimmed, log.swept + room)
  for position = log.swept + 1, upto do
    -- A tombstone is short; what is longer need not be read.
    local entry = redis.call('HSTRLEN', LOG, digits(position)) < 4096 and entry_at(position)
    if entry and entry.letter == 'T' then redis.call('HDEL', LOG, digits(position)) end
  end
  redis.call('HSET', META, 'swept', upto)
  room = room - (upto - log.swept)
  log.swept = upto
end

local function remove_fence(conversation)
  local head = head_of(conversation)
  if head and head.last == 0 then redis.call('HDEL', HEADS, conversation) end
  redis.call('ZREM', FENCES, conversation)
end

local task, sequence = next_task()
while task and room > 0 do
  room = room - scrub_some(task, sequence)
  task, sequence = next_task()
end
if room > 0 and log.swept < log.trimmed then sweep_some() end
for _, conversation in ipairs(redis.call('ZRANGEBYSCORE', FENCES, '-inf', before, 'LIMIT', 0, room)) do
  remove_fence(conversation)
  room = room - 1
end
local fences = redis.call('ZCOUNT', FENCES, '-inf', before)
return {limit - room, (task or log.swept < log.trimmed or fences > 0) and 1 or 0}
`;
