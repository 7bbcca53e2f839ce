import { lua } from './lua.js';
import { partition } from './partition.js';

/**
 * ARGV behind those of all: a position, the most events and bytes. Answers the last place that was trimmed away, the
 * last erasure that is forgotten, the log's end, the check at the position, and of each entry behind it where it ends,
 * its letter and line, and per event that is not erased its position and text; of one in a run, 'R', its check and
 * where it begins.
 */
export const readLog = lua`${partition}
local after, max_events, max_bytes = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local check = check_at(after)
local forgotten = tonumber(redis.call('HGET', META, 'forgotten') or 0)
local answer = {log.trimmed, log.trimmed_check, forgotten, log.position, log.check, check}
if not check then return answer end

local heads = {}
local function first_visible(a)
  if heads[a.conversation] == nil then
    local head = head_of(a.conversation)
    heads[a.conversation] = head and is_living(head) and head
  end
  local head = heads[a.conversation]
  return head and head.life == a.life and head.first or math.huge
end

-- Puts an entry together from the values of its positions.
local function shown(entry, values)
  if entry.letter == 'R' then return {entry.position, 'R', entry.check, entry.first}, 1, tombstone_size end
  local one = {entry.position, entry.letter, entry.line}
  if entry.letter == 'X' then return one, 1, #entry.line end
  local first, bytes = first_visible(entry), #entry.line
  for sequence = math.max(entry.sequence, first), entry.last do
    local position = entry.first + sequence - entry.sequence
    local value, from = values[position], 2
    if position == entry.position then value, from = entry.value, entry.line_end + 1 end
    if value and #value >= from then
      one[#one + 1], one[#one + 2] = position, string.sub(value, from)
      bytes = bytes + #value
    end
  end
  return one, math.max((#one - 3) / 2, 1), bytes
end

local at_once = 16
local position, events, bytes, values, found = after, 0, 0, {}, 0
while position < log.position do
  local upto = math.min(position + at_once, log.position)
  local asked = {}
  for i = position + 1, upto do asked[#asked + 1] = digits(i) end
  for i, value in ipairs(redis.call('HMGET', LOG, unpack(asked))) do
    local here = position + i
    local entry = entry_of(value, here) or (not value and tombstone_at(here))
    if entry then
      local one, more, size = shown(entry, values)
      events, bytes, values = events + more, bytes + size, {}
      if found > 0 and (events > max_events or bytes > max_bytes) then return answer end
      found = found + 1
      answer[#answer + 1] = one
    else
      values[here] = value
    end
  end
  position = upto
end
if next(values) then error('the log ends within an entry') end
return answer
`;

/** ARGV behind those of all: a time. Answers the place before the first entry that was stored at or after it. */
export const findPlace = lua`${partition}
local time = tonumber(ARGV[3])
local low, high = log.trimmed, log.position
while low < high do
  local entry = entry_with(math.floor((low + high) / 2) + 1)
  if entry.time < time then low = entry.position else high = entry.first - 1 end
end
return {low, check_at(low)}
`;

/** ARGV behind those of all: a position. Ends the feed's history at the last entry that ends there or before. */
export const trim = lua`${partition}
local position = math.min(tonumber(ARGV[3]), log.position)
while position > log.trimmed do
  local entry = end_at(position)
  if entry then
    redis.call('HSET', META, 'trimmed', position, 'trimmed_check', entry.check)
    return
  end
  position = position - 1
end
`;
