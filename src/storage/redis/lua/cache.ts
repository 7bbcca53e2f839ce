import { keyed, reading } from './keyed.js';
import { lua } from './lua.js';
import { room } from './room.js';

const entries = lua`${keyed}${room}
local function is_past(expire)
  return expire ~= nil and expire <= now
end

-- The entry of a key that has not expired; an expiry of 0 is that of one that is being removed.
local function entry_of(key)
  local text = redis.call('HGET', ENTRIES, 'e' .. key)
  if not text then return nil end
  local expire, kind, bytes = string.match(text, '^(%S+) (%a) (%d+)$')
  local entry = {expire = tonumber(expire), kind = kind, bytes = tonumber(bytes)}
  if is_past(entry.expire) then return nil end
  return entry
end

local function head_of(expire, kind, bytes)
  return (expire and digits(expire) or '-') .. ' ' .. kind .. ' ' .. bytes
end

local function value_of(key)
  return redis.call('HGET', ENTRIES, 'v' .. key)
end

local function put_expiry(key, expire)
  if expire then redis.call('ZADD', EXPIRIES, expire, key) end
end

local function drop_expiry(key, expire)
  if not expire then redis.call('ZREM', EXPIRIES, key) end
end

local function remove(key, write, result)
  makes_room()
  if write and write.id ~= '' then
    redis.call('ZADD', EXPIRIES, 0, key)
    commit({'e' .. key, head_of(0, 'J', 0)}, write, result)
  end
  redis.call('HDEL', ENTRIES, 'e' .. key, 'v' .. key)
  redis.call('ZREM', NAMES, key)
  redis.call('ZREM', EXPIRIES, key)
end
`;

/**
 * ARGV behind the store and now: per write its kind, key, request's id ('' for none) and digest, condition, expiry
 * ('' for none), kind (J or B) and text of the value, the same of the value expected, and what to add. Answers per
 * write its status, whether it changed anything, the expiry and the number ('' for none). The decisions are those of
 * storage/judge-entry.ts, by the same names.
 */
export const writeEntries = lua`${entries}
local function holds(write, current)
  if write.condition == 'any' then return true end
  if write.condition == 'absent' then return current == nil end
  if write.condition == 'present' then return current ~= nil end
  return current ~= nil and current.kind == write.expected_kind and value_of(write.key) == write.expected
end

local function done(applied, expire, number)
  return {'done', applied and '1' or '0', expire and digits(expire) or '', number or ''}
end

local function result_of(outcome)
  return {outcome[2], outcome[3], outcome[4]}
end

-- A value whose expiry is past is as good as none.
local function put(write, current, expire, kind, value, number)
  local outcome = done(true, expire, number)
  if is_past(expire) then
    remove(write.key, write, result_of(outcome))
    return outcome
  end
  redis.call('ZADD', NAMES, 0, write.key)
  put_expiry(write.key, expire)
  local fields = {'e' .. write.key, head_of(expire, kind, #value), 'v' .. write.key, value}
  commit(fields, write, result_of(outcome))
  drop_expiry(write.key, expire)
  return outcome
end

-- A whole number in two parts, its last ten digits apart: more than Lua's numbers hold exactly.
local base = 10000000000

local function parts_of(text)
  local sign, figures = string.match(text, '^(-?)(%d+)$')
  local high, low = tonumber(string.sub(figures, 1, -11)) or 0, tonumber(string.sub(figures, -10))
  if sign == '-' then return -high, -low end
  return high, low
end

-- The sum's digits; nil where it does not fit into 64 bits.
local function sum_of(a, b)
  local a_high, a_low = parts_of(a)
  local b_high, b_low = parts_of(b)
  local low = a_low + b_low
  local high = a_high + b_high + math.floor(low / base)
  low = low % base + 0
  if high > 922337203 or (high == 922337203 and low > 6854775807) then return nil end
  if high < -922337204 or (high == -922337204 and low < 3145224192) then return nil end
  local sign = ''
  if high < 0 then
    sign = '-'
    high = -high
    if low > 0 then high, low = high - 1, base - low end
  end
  if high == 0 then return sign .. digits(low) end
  return sign .. digits(high) .. string.format('%010.0f', low)
end

local function increment(write, current)
  local text = '0'
  if current then
    if current.kind ~= 'J' then return {'wrong_kind'} end
    text = string.match(value_of(write.key), '^[ \t\r\n]*(-?%d+)[ \t\r\n]*$')
    if not text or #string.gsub(text, '-', '') > 19 then return {'wrong_kind'} end
  end
  local sum = sum_of(text, write.delta)
  if not sum then return {'out_of_range'} end
  local expire = write.expire
  if current then expire = current.expire end
  return put(write, current, expire, 'J', sum, sum)
end

local function touch(write, current)
  if not current then return done(false) end
  local outcome = done(true, write.expire)
  if is_past(write.expire) then
    remove(write.key, write, result_of(outcome))
    return outcome
  end
  put_expiry(write.key, write.expire)
  commit({'e' .. write.key, head_of(write.expire, current.kind, current.bytes)}, write, result_of(outcome))
  drop_expiry(write.key, write.expire)
  return outcome
end

local function carry_out(write)
  local current = entry_of(write.key)
  if write.kind == 'set' then
    if not holds(write, current) then return done(false) end
    return put(write, current, write.expire, write.value_kind, write.value)
  elseif write.kind == 'delete' then
    local outcome = done(current ~= nil)
    if current then remove(write.key, write, result_of(outcome)) end
    return outcome
  elseif write.kind == 'touch' then
    return touch(write, current)
  end
  return increment(write, current)
end

local outcomes = {}
for at = 3, #ARGV, 11 do
  outcomes[#outcomes + 1] = once({
    kind = ARGV[at], key = ARGV[at + 1], id = ARGV[at + 2], digest = ARGV[at + 3], condition = ARGV[at + 4],
    expire = tonumber(ARGV[at + 5]), value_kind = ARGV[at + 6], value = ARGV[at + 7],
    expected_kind = ARGV[at + 8], expected = ARGV[at + 9], delta = ARGV[at + 10],
  }, carry_out)
end
return outcomes
`;

/**
 * ARGV behind the store and now: the most bytes, then keys. Answers per key nothing, or expiry ('' for none), kind,
 * size and, where there is room, the value.
 */
export const getEntries = lua`${entries}${reading}
return read_all(entry_of, function(entry)
  return {entry.expire and digits(entry.expire) or '', entry.kind, entry.bytes}
end)
`;

/**
 * ARGV behind the store and now: where to begin, as ZRANGEBYLEX has it, a prefix, a limit. Answers the last name that
 * was looked at ('' where all were), and keys.
 */
export const listEntries = lua`${entries}
local names = redis.call('ZRANGEBYLEX', NAMES, ARGV[3], '(' .. ARGV[4] .. '\255', 'LIMIT', 0, ARGV[5])
local answer = {#names == tonumber(ARGV[5]) and names[#names] or ''}
for _, name in ipairs(names) do
  if entry_of(name) then answer[#answer + 1] = name
  elseif redis.call('HEXISTS', ENTRIES, 'e' .. name) == 0 then redis.call('ZREM', NAMES, name) end
end
return answer
`;

/** ARGV behind the store and now: keys. Removes what they have, and answers how many had something. */
export const removeEntries = lua`${entries}
local removed = 0
for i = 3, #ARGV do
  if entry_of(ARGV[i]) then removed = removed + 1 end
  remove(ARGV[i])
end
return removed
`;

/** ARGV behind the store and now: a limit. Removes what has expired, and answers how much. */
export const sweepEntries = lua`${entries}
local limit = tonumber(ARGV[3])
local keys = redis.call('ZRANGEBYSCORE', EXPIRIES, '-inf', now, 'LIMIT', 0, limit)
for _, key in ipairs(keys) do
  local entry = entry_of(key)
  if not entry then remove(key)
  elseif entry.expire then put_expiry(key, entry.expire)
  else drop_expiry(key) end
end
return #keys + sweep_requests(limit - #keys)
`;
