import { lua } from './lua.js';

/**
 * What every script on a partition of the tracker begins with: the keys' names, the codecs of what they hold, and
 * the rest of an entry that an earlier script left half applied. `layout.ts` says what the keys hold.
 *
 * A script that fails is not rolled back. So an append's or erasure's entry is written first, by one command: it is
 * the truth. All the rest derives from it, can be written twice with the same outcome, and is followed by the mark:
 * `position` in META, the end of what is applied. An entry behind the mark is applied before anything else is done.
 */
export const partition = lua`
local META, LOG, RUNS, HEADS, PLACES, IDS, LIVING, ERASURES, SCRUBS, IDLE = unpack(KEYS)

-- For how long a conversation without a further append is kept; nil for good.
local retention = tonumber(ARGV[2])

local fields = redis.call('HMGET', META, 'store', 'position', 'check', 'time', 'nums', 'trimmed', 'trimmed_check',
  'swept')
if fields[1] ~= ARGV[1] then
  return redis.error_reply('TRACKSIDE_STORE the partition belongs to another store')
end
local log = {
  position = tonumber(fields[2] or 0), check = fields[3] or '', time = tonumber(fields[4] or 0),
  nums = tonumber(fields[5] or 0), trimmed = tonumber(fields[6] or 0), trimmed_check = fields[7] or '',
  swept = tonumber(fields[8] or 0),
}

-- Lua's own conversion keeps 14 digits only.
local function digits(number)
  return string.format('%.0f', number)
end

local function now()
  local time = redis.call('TIME')
  return math.max(log.time, time[1] * 1000000 + time[2])
end

-- A hash of the check before and what an entry names: sha1hex is what Redis has; 16 digits are 64 bits of it.
local function next_check(...)
  local framed = {}
  for i, part in ipairs({...}) do framed[i] = #part .. ':' .. part end
  return string.sub(redis.sha1hex(table.concat(framed)), 1, 16)
end

-- Heads: numbers apart by blanks, '-' for none. 'erased' is a position behind which nothing of the conversation was
-- erased: that of its last erasure, or where the log ended when it began to be known.

local head_fields = {
  'num', 'life', 'begin', 'first', 'last', 'present', 'create', 'update', 'fence', 'action_session_start',
  'session_started', 'erased',
}

local function new_head(num)
  return {
    num = num, life = 0, begin = 1, first = 1, last = 0, present = 0, create = 0, update = 0,
    action_session_start = 0, session_started = 0, erased = log.position,
  }
end

local function head_of(conversation)
  local text = redis.call('HGET', HEADS, conversation)
  if not text then return nil end
  local head, i = {}, 0
  for number in string.gmatch(text, '%S+') do
    i = i + 1
    head[head_fields[i]] = tonumber(number)
  end
  -- An earlier version does not say.
  head.erased = head.erased or log.position
  return head
end

local function put_head(conversation, head)
  local numbers = {}
  for i, field in ipairs(head_fields) do numbers[i] = head[field] and digits(head[field]) or '-' end
  redis.call('HSET', HEADS, conversation, table.concat(numbers, ' '))
end

-- Whether a conversation has events that reads show. One that was left alone for too long has none, whether or not
-- the entry that says so was written yet.
local function is_living(head)
  return head.present == 1 and not (retention and head.update + retention <= now())
end

-- Entries: a letter, a line of JSON and what follows it. 'E' is an event that is not its append's last and has no
-- line; 'A' an append, behind whose line is its last event, unless that is erased; 'X' an erasure.

local function json(text)
  return cjson.encode(text)
end

local function append_line(a)
  return '[' .. table.concat({
    digits(a.first), digits(a.sequence), digits(a.num), digits(a.life), digits(a.time),
    a.fence and digits(a.fence) or 'null', digits(a.action_session_start), digits(a.session_started),
    json(a.check), json(a.digest), json(a.id), json(a.conversation),
  }, ',') .. ']\n'
end

local function erasure_line(x)
  local ranges = {}
  for i, range in ipairs(x.ranges) do ranges[i] = '[' .. digits(range[1]) .. ',' .. digits(range[2]) .. ']' end
  return '[' .. table.concat({
    json(x.kind), digits(x.num), digits(x.time), digits(x.from), digits(x.to),
    json(x.check), json(x.digest), json(x.id), json(x.conversation), '[' .. table.concat(ranges, ',') .. ']',
  }, ',') .. ']\n'
end

-- What stands at the position of an entry's end; nil for an event in the middle of one, and for nothing.
local function entry_of(value, position)
  if not value then return nil end
  local letter = string.sub(value, 1, 1)
  if letter == 'E' then return nil end
  local line_end = string.find(value, '\n', 1, true)
  local line = string.sub(value, 2, line_end - 1)
  local v = cjson.decode(line)
  local entry = {letter = letter, position = position, line = line, value = value, line_end = line_end}
  if letter == 'X' then
    entry.kind, entry.num, entry.time, entry.from, entry.to = v[1], v[2], v[3], v[4], v[5]
    entry.check, entry.digest, entry.id, entry.conversation, entry.ranges = v[6], v[7], v[8], v[9], v[10]
    entry.first = position
  else
    entry.first, entry.sequence, entry.num, entry.life, entry.time = v[1], v[2], v[3], v[4], v[5]
    entry.fence = v[6] ~= cjson.null and v[6] or nil
    entry.action_session_start, entry.session_started = v[7], v[8]
    entry.check, entry.digest, entry.id, entry.conversation = v[9], v[10], v[11], v[12]
    entry.last = entry.sequence + position - entry.first
  end
  return entry
end

local function entry_at(position)
  return entry_of(redis.call('HGET', LOG, digits(position)), position)
end

-- Runs: what is left of entries that show nothing any more: for each where it ends, how many positions it takes, its
-- time and its check; in one field for each stretch of 256 positions.

local run_size, tombstone, tombstone_size = 256, '>BI2I7c8', 18

local function run_of(position)
  return digits(math.floor((position - 1) / run_size))
end

local runs = {}

local function tombstones_in(run)
  if not runs[run] then
    local packed = redis.call('HGET', RUNS, run) or ''
    runs[run] = {packed = packed}
    for at = 1, #packed, tombstone_size do
      local offset, length, time, check = struct.unpack(tombstone, packed, at)
      runs[run][offset] = {length = length, time = time, check = check}
    end
  end
  return runs[run]
end

local function tombstone_at(position)
  local found = tombstones_in(run_of(position))[(position - 1) % run_size]
  if not found then return nil end
  local check = string.gsub(found.check, '.', function(byte) return string.format('%02x', string.byte(byte)) end)
  return {letter = 'R', position = position, first = position - found.length + 1, time = found.time, check = check}
end

-- What ends at a position; nil in the middle of an entry.
local function end_at(position)
  return entry_at(position) or tombstone_at(position)
end

-- The entry that holds a position.
local function entry_with(position)
  local entry = end_at(position)
  while not entry do
    if position >= log.position then error('the log has a hole at ' .. digits(position)) end
    position = position + 1
    entry = end_at(position)
  end
  return entry
end

-- The check where an entry ends within the history that the feed can show.
local function check_at(position)
  if position == log.trimmed then return log.trimmed_check end
  if position == log.position then return log.check end
  if position < log.trimmed or position > log.position then return false end
  local entry = end_at(position)
  return entry and entry.check or false
end

-- Places: of each sequence of a conversation, the position where its entry ends; 64 of 6 bytes to a field.

local chunk_size, width = 64, 6

local function chunk_of(num, sequence)
  return num .. ':' .. math.floor((sequence - 1) / chunk_size)
end

local function offset_of(sequence)
  return (sequence - 1) % chunk_size * width
end

local function put_places(num, first, last, position)
  local packed = struct.pack('>I6', position)
  while first <= last do
    local upto = math.min(last, first + chunk_size - 1 - (first - 1) % chunk_size)
    local chunk, offset = chunk_of(num, first), offset_of(first)
    local before = offset > 0 and redis.call('HGET', PLACES, chunk) or ''
    before = string.sub(before, 1, offset)
    redis.call('HSET', PLACES, chunk,
      before .. string.rep('\0', offset - #before) .. string.rep(packed, upto - first + 1))
    first = upto + 1
  end
end

local chunks = {}

-- Undefined behind a conversation's last sequence, and where its place is forgotten.
local function place_of(num, sequence)
  local chunk, offset = chunk_of(num, sequence), offset_of(sequence)
  chunks[chunk] = chunks[chunk] or redis.call('HGET', PLACES, chunk) or ''
  if #chunks[chunk] < offset + width then return nil end
  local position = struct.unpack('>I6', chunks[chunk], offset + 1)
  return position > 0 and position or nil
end

-- The position of an event of an append, and whether its content is there.
local function position_in(entry, sequence)
  local position = entry.first + sequence - entry.sequence
  if position == entry.position then return position, #entry.value > entry.line_end end
  return position, redis.call('HEXISTS', LOG, digits(position)) == 1
end

local function remove_event(num, sequence)
  local entry = entry_at(place_of(num, sequence))
  local position = position_in(entry, sequence)
  if position == entry.position then
    redis.call('HSET', LOG, digits(position), string.sub(entry.value, 1, entry.line_end))
  else
    redis.call('HDEL', LOG, digits(position))
  end
end

-- What follows from an entry that is in the log. The head comes last, before the mark.

local function apply_append(a, head)
  put_places(a.num, a.sequence, a.last, a.position)
  redis.call('HSET', IDS, a.num .. ':' .. a.id, digits(a.position))
  if head.present == 0 then
    redis.call('ZADD', LIVING, 0, a.conversation)
    redis.call('ZREM', IDLE, a.conversation)
    head.present, head.create = 1, a.time
  end
  head.last, head.update, head.fence = a.last, a.time, a.fence or head.fence
  if a.action_session_start > 0 then head.action_session_start = a.action_session_start end
  if a.session_started > 0 then head.session_started = a.session_started end
  put_head(a.conversation, head)
end

local function apply_erasure(x, head)
  if x.kind ~= 'expire' then
    redis.call('HSET', ERASURES, x.num .. ':' .. x.id, x.digest .. ' ' .. digits(x.position))
  end
  if x.kind == 'redact' then
    for _, range in ipairs(x.ranges) do
      for sequence = range[1], range[2] do remove_event(x.num, sequence) end
    end
  else
    redis.call('ZADD', SCRUBS, 'NX', x.from, digits(x.position))
  end
  if x.kind == 'truncate' then
    head.first = x.to + 1
  elseif x.kind ~= 'redact' then
    redis.call('ZREM', LIVING, x.conversation)
    redis.call('ZADD', IDLE, x.time, x.conversation)
    head.life, head.present, head.begin, head.first = x.position, 0, head.last + 1, head.last + 1
    head.action_session_start, head.session_started = 0, 0
  end
  head.erased = x.position
  put_head(x.conversation, head)
end

local function apply(entry, head)
  if entry.letter == 'X' then apply_erasure(entry, head) else apply_append(entry, head) end
  log.position, log.check, log.time = entry.position, entry.check, entry.time
  log.nums = math.max(log.nums, entry.num)
  redis.call('HSET', META, 'position', log.position, 'check', log.check, 'time', log.time, 'nums', log.nums)
end

if redis.call('HEXISTS', LOG, digits(log.position + 1)) == 1 then
  local position = log.position + 1
  local entry = entry_at(position)
  while not entry do
    position = position + 1
    entry = entry_at(position)
  end
  apply(entry, head_of(entry.conversation) or new_head(entry.num))
end
`;
