import { lua } from './lua.js';

/** Behind `lines`: the messages of queues, which are indexed by queue and state, by group, and by what is claimable. */
export const messages = lua`
local message_fields = {
  'queue', 'id', 'group', 'dedup', 'push_time', 'ready_time', 'attempts', 'max_attempts', 'place', 'state',
  'claim', 'lease_end', 'kind', 'bytes',
}
local letters = {ready = 'r', delayed = 'd', in_flight = 'f', parked = 'p', claimable = 'c'}

local function queued_member(message, state)
  return message.queue .. '\0' .. letters[state] .. padded(message.place) .. message.id
end

local function group_member(message)
  return message.group .. '\0' .. message.queue .. '\0' .. padded(message.place) .. message.id
end

local function message_of(id)
  return unpack_record(message_fields, redis.call('HGET', MESSAGES, 'm' .. id))
end

local function put_message(message, ...)
  redis.call('HSET', MESSAGES, 'm' .. message.id, pack(message_fields, message), ...)
end

-- What is behind a place among those of a queue in a state, or claimable; the first so many, by place.
local function messages_behind(queue, state, after, limit)
  local prefix = queue .. '\0' .. letters[state]
  local from = '(' .. prefix .. padded(after) .. '\255'
  local found = {}
  for _, member in ipairs(redis.call('ZRANGEBYLEX', QUEUED, from, '(' .. prefix .. ':', 'LIMIT', 0, limit)) do
    local message = message_of(string.sub(member, #prefix + 17))
    local actual = state == 'claimable' and 'ready' or state
    if message and message.state == actual and queued_member(message, state) == member then
      found[#found + 1] = message
    else
      redis.call('ZREM', QUEUED, member)
    end
  end
  return found
end

local function first_of_group(group, queue)
  local from, upto = range_of(group .. '\0' .. queue)
  while true do
    local member = redis.call('ZRANGEBYLEX', GROUPS, from, upto, 'LIMIT', 0, 1)[1]
    if not member then return nil end
    local message = message_of(string.sub(member, #group + #queue + 2 + 17))
    if message and message.state ~= 'parked' and group_member(message) == member then return message end
    redis.call('ZREM', GROUPS, member)
  end
end

local function is_claimable(message)
  if message.state ~= 'ready' then return false end
  if message.group == '' then return true end
  return first_of_group(message.group, message.queue).id == message.id and line_length(message.group) == 0
end

local function set_claimable(message, is_so)
  local member = queued_member(message, 'claimable')
  if is_so then
    if redis.call('ZADD', QUEUED, 0, member) == 1 then fresh[message.id] = message.queue end
  elseif redis.call('ZREM', QUEUED, member) == 1 then
    fresh[message.id] = nil
  end
end

local function judge(message)
  set_claimable(message, is_claimable(message))
end

local function judge_first(group, queue)
  local first = first_of_group(group, queue)
  if first then judge(first) end
end

local max_turns = 100

-- Judges the first of a lock's group in each queue that has messages of it, and lies behind another, at most so many.
local function turn(lock, queue)
  local from, upto = range_of(lock)
  for _ = 1, max_turns do
    if queue then from = '(' .. lock .. '\0' .. queue .. '\1' end
    local member = redis.call('ZRANGEBYLEX', GROUPS, from, upto, 'LIMIT', 0, 1)[1]
    if not member then return end
    queue = string.match(string.sub(member, #lock + 2), '^[^%z]*')
    judge_first(lock, queue)
  end
  redis.call('ZADD', TURNS, 0, lock .. '\0' .. queue)
end

-- Says that a lock became free, or stopped being so.
lock_turned = function(lock) turn(lock) end

-- Goes on with what a turn left to do. True where there may be more.
local function go_on_turning()
  local member = redis.call('ZRANGE', TURNS, 0, 0)[1]
  if not member then return false end
  turn(string.match(member, '^([^%z]*)%z(.*)$'))
  redis.call('ZREM', TURNS, member)
  return redis.call('ZCARD', TURNS) > 0
end

-- When a message is due, or its claim runs out.
local function until_of(message)
  if message.state == 'delayed' then return message.ready_time end
  return message.state == 'in_flight' and message.lease_end or nil
end

-- Writes what a message is, and more fields with it, into all indexes first.
local function store(message, ...)
  local is_ordered = message.group ~= '' and message.state ~= 'parked'
  local before = is_ordered and first_of_group(message.group, message.queue)
  local due = until_of(message)
  redis.call('ZADD', QUEUES, 0, message.queue)
  redis.call('ZADD', QUEUED, 0, queued_member(message, message.state))
  if due then redis.call('ZADD', MESSAGE_ENDS, due, message.id) end
  if is_ordered then redis.call('ZADD', GROUPS, 0, group_member(message)) end
  if message.state == 'ready' then set_claimable(message, true) end
  put_message(message, ...)
  if before and before.id ~= message.id then judge(before) end
  if is_ordered then judge(message) end
end

-- Gives a message another state, and perhaps another place; a claim of it is over.
local function change(message, to)
  local member, group = queued_member(message, message.state), group_member(message)
  message.claim, message.lease_end = nil, nil
  message.state, message.ready_time, message.attempts = to.state, to.ready_time, to.attempts
  message.place = to.place or message.place
  store(message)
  redis.call('ZREM', QUEUED, member)
  if message.state == 'parked' and message.group ~= '' then
    redis.call('ZREM', GROUPS, group)
    judge_first(message.group, message.queue)
  end
  if message.state ~= 'delayed' then redis.call('ZREM', MESSAGE_ENDS, message.id) end
end

-- The places of a single partition are counted; those of several are in the order of time, and differ.
local last_place = tonumber(meta[3] or 0)
local function draw_place()
  local place = last_place + 1
  if partitions > 1 then
    place = math.max(place, now)
    place = place + (partition - place) % partitions
  end
  last_place = place
  redis.call('HSET', META, 'place', digits(place))
  return place
end

-- Dedup ids: whose they are, since when that one is done, and the partition that knows, if not this one.

local function dedup_field(message)
  return 'd' .. message.queue .. '\0' .. message.dedup
end

local function dedup_mark(message, time, elsewhere)
  return cmsgpack.pack({message.id, time or false, elsewhere or false})
end

-- The message for which one is refused; with the partition that knows whether it still is, if not this one.
local function twin_of(message)
  if message.dedup == '' then return nil end
  local text = redis.call('HGET', MESSAGES, dedup_field(message))
  if not text then return nil end
  local id, time, elsewhere = unpack(cmsgpack.unpack(text))
  if elsewhere then return id, elsewhere end
  if time then return time > now - dedup_window and id or nil end
  return redis.call('HEXISTS', MESSAGES, 'm' .. id) == 1 and id or nil
end

-- Counts what comes behind a message in its group as claimable, until it is judged.
local function flag_next(message)
  local _, upto = range_of(message.group .. '\0' .. message.queue)
  local member = redis.call('ZRANGEBYLEX', GROUPS, '(' .. group_member(message), upto, 'LIMIT', 0, 1)[1]
  local after = member and message_of(string.sub(member, #message.group + #message.queue + 2 + 17))
  if after and after.state == 'ready' then set_claimable(after, true) end
end

-- Removes a message; its dedup id is refused for the window where it is done.
local function remove_message(message, done)
  local gone = {'m' .. message.id, 'v' .. message.id}
  if message.group ~= '' and message.state == 'ready' then flag_next(message) end
  if message.dedup ~= '' then
    local field = dedup_field(message)
    if redis.call('HGET', MESSAGES, field) == dedup_mark(message) then
      if done then
        redis.call('ZADD', DEDUP_TIMES, now, field)
        redis.call('HSET', MESSAGES, field, dedup_mark(message, now))
      else
        gone[#gone + 1] = field
      end
    end
  end
  redis.call('HDEL', MESSAGES, unpack(gone))
  set_claimable(message, false)
  redis.call('ZREM', QUEUED, queued_member(message, message.state))
  if message.group ~= '' and message.state ~= 'parked' then
    redis.call('ZREM', GROUPS, group_member(message))
    judge_first(message.group, message.queue)
  end
  redis.call('ZREM', MESSAGE_ENDS, message.id)
  if redis.call('ZLEXCOUNT', QUEUED, range_of(message.queue)) == 0 then
    redis.call('ZREM', QUEUES, message.queue)
  end
end

-- Requests that pushed.

local request_fields = {'digest', 'id', 'time'}

local function request_field_of(request)
  return 'q' .. request
end

-- What a push was answered that bore the id; nil where it is not remembered.
local function repeated(request, digest)
  if request == '' then return nil end
  local text = redis.call('HGET', MESSAGES, request_field_of(request))
  local prior = is_recent(unpack_record(request_fields, text))
  if not prior then return nil end
  return prior.digest == digest and {'repeated', prior.id} or {'request_id_reused', ''}
end

local function forget_request(field)
  redis.call('HDEL', MESSAGES, field)
  redis.call('ZREM', REQUEST_TIMES, field)
end

-- What becomes of a message whose claim came to nothing.
local function attempted(message, delay)
  local to = {state = 'ready', ready_time = message.ready_time, attempts = message.attempts}
  if message.attempts >= message.max_attempts then to.state = 'parked'
  elseif delay then to.state, to.ready_time = 'delayed', now + delay end
  return to
end
`;
