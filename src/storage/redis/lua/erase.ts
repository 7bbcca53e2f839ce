import { expiry } from './expiry.js';
import { judge } from './judge.js';
import { lua } from './lua.js';
import { partition } from './partition.js';
import { room } from './room.js';

/**
 * ARGV behind those of all: a conversation, the request's id and digest, the kind, and what it takes: for 'delete' the
 * last sequence expected ('' for any), for 'truncate' the first to keep, for 'redact' the sequences, ascending.
 * Answers the status, and the entry's position and line, or the last sequence that was met.
 */
export const erase = lua`${partition}${judge}${room}${expiry}
local erasure = {
  conversation = ARGV[3], id = ARGV[4], digest = ARGV[5], kind = ARGV[6], expected = tonumber(ARGV[7]),
  first_kept = tonumber(ARGV[7]), sequences = {},
}
if erasure.kind == 'redact' then
  for i = 7, #ARGV do erasure.sequences[i - 6] = tonumber(ARGV[i]) end
end

makes_room()
local head = present_head_of(erasure.conversation)
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
    return ranges_left(head)
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
