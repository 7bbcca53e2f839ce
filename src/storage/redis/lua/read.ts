import { fence } from './fence.js';
import { lua } from './lua.js';
import { partition } from './partition.js';

const page = lua`
local head = head_of(ARGV[3])
if not head or not is_living(head) then return false end

local start = math.max(tonumber(ARGV[4]) or head[ARGV[4]], head.first)
local last = math.min(tonumber(ARGV[5]) or head.last, head.last)
local max_events, max_bytes = tonumber(ARGV[7]), tonumber(ARGV[8])
local known, known_check = tonumber(ARGV[9]), ARGV[10]
local continued = known and head.erased <= known and check_at(known) == known_check
local first = continued and math.max(start, tonumber(ARGV[11]) + 1) or start
local sequence, step = first, 1
if ARGV[6] == 'newest_first' then sequence, step = last, -1 end

local answer = {redis.call('HGET', HEADS, ARGV[3]), start, 0, continued and 1 or 0, log.position, log.check}
local entry, count, bytes = nil, 0, 0
while sequence >= first and sequence <= last do
  if count > max_events or bytes > max_bytes then
    answer[3] = sequence
    break
  end
  if not entry or sequence < entry.sequence or sequence > entry.last then
    entry = entry_at(place_of(head.num, sequence))
  end
  local position = entry.first + sequence - entry.sequence
  local text
  if position == entry.position then
    text = string.sub(entry.value, entry.line_end + 1)
    if text == '' then text = nil end
  else
    local value = redis.call('HGET', LOG, digits(position))
    text = value and string.sub(value, 2)
  end
  if text then
    count, bytes = count + 1, bytes + #text
    for _, one in ipairs({sequence, position, entry.time, entry.id, text}) do answer[#answer + 1] = one end
  end
  sequence = sequence + step
end
return answer
`;

/**
 * ARGV behind those of all: a conversation, the lowest sequence or the session's boundary, the highest sequence ('' for
 * the last), the order, the most events and bytes, and the position, check and sequence of what is known ('' for
 * nothing). Answers the head, the lowest sequence, the one to go on at (0 for none), 1 where what is known still holds,
 * the log's end with its check, and of each event sequence, position, time, append id and text. The last event may be
 * one too many.
 */
export const read = lua`${partition}${page}`;

/** As `read`, behind whose ARGV is a fence to raise first. Answers only the highest where that one is stale. */
export const readFenced = lua`${partition}${fence}
local highest = raise_fence(ARGV[3], tonumber(ARGV[12]))
if highest then return highest end
${page}`;

/** ARGV behind those of all: a conversation. Answers its head where its present life has had events. */
export const conversation = lua`${partition}
local head = head_of(ARGV[3])
return head and is_living(head) and redis.call('HGET', HEADS, ARGV[3])
`;

/**
 * ARGV behind those of all: where to begin, as ZRANGEBYLEX has it, a prefix, a limit. Answers the last id that was
 * looked at ('' where all were), and ids and their heads, by bytes.
 */
export const list = lua`${partition}
local from, prefix, limit = ARGV[3], ARGV[4], tonumber(ARGV[5])
local ids = redis.call('ZRANGEBYLEX', LIVING, from, '(' .. prefix .. '\255', 'LIMIT', 0, limit)
local answer = {#ids == limit and ids[#ids] or ''}
for _, id in ipairs(ids) do
  if is_living(head_of(id)) then
    answer[#answer + 1], answer[#answer + 2] = id, redis.call('HGET', HEADS, id)
  end
end
return answer
`;
