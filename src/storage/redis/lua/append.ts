import { expiry } from './expiry.js';
import { judge } from './judge.js';
import { lua } from './lua.js';
import { partition } from './partition.js';
import { room } from './room.js';

/**
 * ARGV behind those of all: per append its conversation, id, digest, expectation, fence ('' for none), which of its
 * events is the last to begin a session by 'action_session_start' and by 'session_started' (from 1, 0 for none),
 * their number, and of each event the line and the data. Answers per append a text: its status, then an append's places
 * and time, or what was met. A repeat writes too, what is there already, so that a WAIT behind it covers what it found.
 */
export const append = lua`${partition}${judge}${room}${expiry}
local function prior_of(head, id)
  local position = redis.call('HGET', IDS, head.num .. ':' .. id)
  local entry = position and entry_at(tonumber(position))
  return entry and entry.letter == 'A' and entry.life == head.life and entry or nil
end

local function told(status, ...)
  local words = {status}
  for i, number in ipairs({...}) do words[i + 1] = digits(number) end
  return table.concat(words, ' ')
end

local function result_of(status, a)
  return told(status, a.first, a.position, a.sequence, a.last, a.time)
end

local function store(append, head)
  append.time = now()
  append.num, append.life = head.num, head.life
  append.first, append.position = log.position + 1, log.position + #append.events
  append.sequence, append.last = head.last + 1, head.last + #append.events
  append.check = next_check(log.check, 'append', append.conversation, append.id, append.digest)
  for _, boundary in ipairs({'action_session_start', 'session_started'}) do
    if append[boundary] > 0 then append[boundary] = head.last + append[boundary] end
  end
  local written = {}
  for i, event in ipairs(append.events) do
    written[2 * i - 1] = append.first + i - 1
    written[2 * i] = (i < #append.events and 'E' or 'A' .. append_line(append)) .. event
  end
  redis.call('HSET', LOG, unpack(written))
  apply(append, head)
  return result_of('stored', append)
end

local function judge_and_store(append)
  local head = present_head_of(append.conversation)
  local prior = head and prior_of(head, append.id)
  head = head or new_head(log.nums + 1)
  local status = judge_append(append, head, prior)
  if not status then return store(append, head) end
  if prior then
    makes_room()
    redis.call('HSET', META, 'position', log.position)
    return result_of(status, prior)
  end
  if status == 'fence_stale' then return told(status, head.fence) end
  return told(status, head.last, head.present)
end

local outcomes, at = {}, 3
while at <= #ARGV do
  local append = {
    conversation = ARGV[at], id = ARGV[at + 1], digest = ARGV[at + 2], expectation = ARGV[at + 3],
    fence = tonumber(ARGV[at + 4]), action_session_start = tonumber(ARGV[at + 5]),
    session_started = tonumber(ARGV[at + 6]), events = {},
  }
  local count = tonumber(ARGV[at + 7])
  for i = 1, count do append.events[i] = ARGV[at + 6 + 2 * i] .. ARGV[at + 7 + 2 * i] end
  at = at + 8 + 2 * count
  outcomes[#outcomes + 1] = judge_and_store(append)
end
return outcomes
`;
