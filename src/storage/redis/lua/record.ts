import { keyed, reading } from './keyed.js';
import { lua } from './lua.js';
import { room } from './room.js';

const records = lua`${keyed}${room}
-- What a key has: a value, or a list of so many items; a version of 0 is that of one that is being removed.
local function record_of(key)
  local text = redis.call('HGET', ENTRIES, 'e' .. key)
  if not text then return nil end
  local version, update, kind, size = string.match(text, '^(%d+) (%d+) (%a) (%d+)$')
  if version == '0' then return nil end
  local record = {version = tonumber(version), update = tonumber(update), kind = kind}
  if kind == 'L' then record.count = tonumber(size) else record.bytes = tonumber(size) end
  return record
end

local function head_of(version, kind, size)
  return digits(version) .. ' ' .. digits(now) .. ' ' .. kind .. ' ' .. digits(size)
end

local function remove(key, list, write, result)
  makes_room()
  if write and write.id ~= '' then commit({'e' .. key, head_of(0, 'J', 0)}, write, result) end
  redis.call('HDEL', ENTRIES, 'e' .. key, 'v' .. key)
  redis.call('UNLINK', list)
  redis.call('ZREM', NAMES, key)
end
`;

/**
 * KEYS behind those of the partition: per write the key of its list. ARGV behind the store and now: the partition
 * and the number of partitions, then per write its kind, key, request's id ('' for none) and digest, condition, and
 * how many values, each with its kind (J or B) before it. Answers per write its status, then whether it changed
 * anything, version, time and count, or what was found. The decisions are those of storage/judge-record.ts.
 *
 * A list may have more items than its head counts, which a script left that failed; they are cut off.
 */
export const writeRecords = lua`${records}
local partition, partitions = tonumber(ARGV[3]), tonumber(ARGV[4])

local function holds(condition, actual)
  if condition == 'any' then return true end
  if condition == 'absent' then return actual == 0 end
  if condition == 'present' then return actual ~= 0 end
  return tonumber(condition) == actual
end

local function judge_record(write, current)
  local found = current and (current.count and 'list' or 'value')
  if write.kind == 'append' then return found == 'value' and {'wrong_kind', found} or nil end
  if write.kind == 'set' and found == 'list' then return {'wrong_kind', found} end
  local actual = current and current.version or 0
  return not holds(write.condition, actual) and {'conflict', digits(actual)} or nil
end

-- Above all that the partition gave, by the server's clock, so that it is not given again where writes are lost;
-- partitions have remainders of their own.
local function next_version()
  local time = redis.call('TIME')
  local last = tonumber(redis.call('HGET', META, 'version') or 0)
  local version = math.max(last + 1, time[1] * 1000000 + time[2])
  version = version + (partition - version) % partitions
  redis.call('HSET', META, 'version', version)
  return version
end

local function put_value(write, version)
  redis.call('ZADD', NAMES, 0, write.key)
  local kind, value = write.values[1], write.values[2]
  local result = {'1', digits(version), digits(now), '0'}
  commit({'e' .. write.key, head_of(version, kind, #value), 'v' .. write.key, value}, write, result)
  return {'done', unpack(result)}
end

local function append(write, current, version)
  local before = current and current.count or 0
  local items = {}
  for i = 1, #write.values, 2 do items[#items + 1] = write.values[i] .. write.values[i + 1] end
  redis.call('ZADD', NAMES, 0, write.key)
  if before == 0 then redis.call('UNLINK', write.list)
  else redis.call('LTRIM', write.list, 0, before - 1) end
  redis.call('RPUSH', write.list, unpack(items))
  local count = before + #items
  local result = {'1', digits(version), digits(now), digits(count)}
  commit({'e' .. write.key, head_of(version, 'L', count)}, write, result)
  return {'done', unpack(result)}
end

local function carry_out(write)
  local current = record_of(write.key)
  local refused = judge_record(write, current)
  if refused then return refused end
  if write.kind == 'delete' then
    local result = {current and '1' or '0', '0', digits(now), '0'}
    if current then remove(write.key, write.list, write, result) end
    return {'done', unpack(result)}
  end
  local version = next_version()
  if write.kind == 'set' then return put_value(write, version) end
  return append(write, current, version)
end

local outcomes, at = {}, 5
while at <= #ARGV do
  local write = {
    kind = ARGV[at], key = ARGV[at + 1], id = ARGV[at + 2], digest = ARGV[at + 3], condition = ARGV[at + 4],
    list = KEYS[4 + #outcomes + 1], values = {},
  }
  local count = 2 * tonumber(ARGV[at + 5])
  for i = 1, count do write.values[i] = ARGV[at + 5 + i] end
  at = at + 6 + count
  outcomes[#outcomes + 1] = once(write, carry_out)
end
return outcomes
`;

/**
 * ARGV behind the store and now: the most bytes, then keys. Answers per key nothing, or version, time, kind (L for
 * a list), size or count and, where there is room, the value.
 */
export const getRecords = lua`${records}${reading}
return read_all(record_of, function(record)
  return {record.version, record.update, record.kind, record.count or record.bytes}
end)
`;

/**
 * KEYS behind those of the partition: the list's. ARGV behind the store and now: its key, the range's bounds,
 * negative ones from the end, the most items and bytes. Answers nothing for a value, else the count and items.
 */
export const readItems = lua`${records}
local record = record_of(ARGV[3])
if record and not record.count then return false end
local count = record and record.count or 0
local first, last = tonumber(ARGV[4]), tonumber(ARGV[5])
if first < 0 then first = math.max(count + first, 0) end
if last < 0 then last = count + last end
last = math.min(last, count - 1)

local max_items, room = tonumber(ARGV[6]), tonumber(ARGV[7])
local answer, at_once = {count}, 32
while first <= last and #answer <= max_items do
  local upto = math.min(last, first + at_once - 1, first + max_items - #answer)
  for _, item in ipairs(redis.call('LRANGE', KEYS[5], first, upto)) do
    room = room - (#item - 1)
    if room < 0 and #answer > 1 then return answer end
    answer[#answer + 1] = item
  end
  first = upto + 1
end
return answer
`;

/** As listEntries, of records. */
export const listRecords = lua`${records}
local names = redis.call('ZRANGEBYLEX', NAMES, ARGV[3], '(' .. ARGV[4] .. '\255', 'LIMIT', 0, ARGV[5])
local answer = {#names == tonumber(ARGV[5]) and names[#names] or ''}
for _, name in ipairs(names) do
  if record_of(name) then answer[#answer + 1] = name
  else
    redis.call('HDEL', ENTRIES, 'e' .. name, 'v' .. name)
    redis.call('ZREM', NAMES, name)
  end
end
return answer
`;

/**
 * KEYS behind those of the partition: the keys of the lists. ARGV behind the store and now: keys. Removes what they
 * have, and answers how many had something.
 */
export const removeRecords = lua`${records}
local removed = 0
for i = 3, #ARGV do
  if record_of(ARGV[i]) then removed = removed + 1 end
  remove(ARGV[i], KEYS[4 + i - 2])
end
return removed
`;

/** ARGV behind the store and now: a limit. Forgets requests that are too old, and answers how many. */
export const sweepRecords = lua`${records}
return sweep_requests(tonumber(ARGV[3]))
`;
