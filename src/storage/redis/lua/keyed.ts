import { lua } from './lua.js';

/**
 * What every script on a partition of the cache or the records begins with; `layout.ts` says what the keys hold.
 *
 * ENTRIES is the truth: one command changes what a key has and remembers the request, so that a script that fails
 * elsewhere has done the one and the other, or neither. Indexes are widened before it and narrowed behind it: they
 * may name what is not there, and whoever goes by them looks.
 */
export const keyed = lua`
local META, ENTRIES, NAMES, REQUESTS, EXPIRIES = unpack(KEYS)
if redis.call('HGET', META, 'store') ~= ARGV[1] then
  return redis.error_reply('TRACKSIDE_STORE the partition belongs to another store')
end
local now = tonumber(ARGV[2])

local request_window, max_requests = 24 * 3600 * 1000000, 65536

-- Lua's own conversion keeps 14 digits only.
local function digits(number)
  return string.format('%.0f', number)
end

-- What a request was answered that bore the id; nil where it is not remembered.
local function prior_of(id)
  local text = id ~= '' and redis.call('HGET', ENTRIES, 'r' .. id)
  if not text then return nil end
  local time, digest_length, rest = string.match(text, '^(%d+) (%d+) (.*)$')
  if tonumber(time) <= now - request_window then return nil end
  digest_length = tonumber(digest_length)
  return {digest = string.sub(rest, 1, digest_length), result = cjson.decode(string.sub(rest, digest_length + 1))}
end

-- Writes fields of a key and remembers the request. A result is a list of texts.
local function commit(fields, write, result)
  if write.id ~= '' then
    redis.call('ZADD', REQUESTS, now, write.id)
    fields[#fields + 1] = 'r' .. write.id
    fields[#fields + 1] = digits(now) .. ' ' .. #write.digest .. ' ' .. write.digest .. cjson.encode(result)
  end
  if #fields > 0 then redis.call('HSET', ENTRIES, unpack(fields)) end
  if write.id ~= '' and redis.call('ZCARD', REQUESTS) > max_requests then
    local oldest = redis.call('ZRANGE', REQUESTS, 0, 0)[1]
    redis.call('HDEL', ENTRIES, 'r' .. oldest)
    redis.call('ZREM', REQUESTS, oldest)
  end
end

-- Carries out what bears an id once. What changed nothing is not remembered.
local function once(write, work)
  local prior = prior_of(write.id)
  if not prior then return work(write) end
  if prior.digest ~= write.digest then return {'request_id_reused'} end
  return {'repeated', unpack(prior.result)}
end

-- Forgets at most so many requests that are too old, and answers how many.
local function sweep_requests(limit)
  local old = redis.call('ZRANGEBYSCORE', REQUESTS, '-inf', now - request_window, 'LIMIT', 0, limit)
  for _, id in ipairs(old) do
    if not prior_of(id) then redis.call('HDEL', ENTRIES, 'r' .. id) end
    redis.call('ZREM', REQUESTS, id)
  end
  return #old
end
`;

/** What scripts that read keys have besides. ARGV behind the store and now: the most bytes, then the keys. */
export const reading = lua`
-- Answers per key nothing, or what is told of what it has, and its value where it has one and there is room.
local function read_all(find, tell)
  local room, found = tonumber(ARGV[3]), {}
  for i = 4, #ARGV do
    local one = find(ARGV[i])
    local told = one and tell(one) or false
    if one and one.bytes and one.bytes <= room then
      told[#told + 1] = redis.call('HGET', ENTRIES, 'v' .. ARGV[i])
      room = room - one.bytes
    end
    found[i - 3] = told
  end
  return found
end
`;
