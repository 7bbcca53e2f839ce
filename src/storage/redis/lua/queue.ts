import { growing, settled, unsettled } from './ends.js';
import { lua } from './lua.js';

const replies = lua`
local function reply_of(message, value)
  return {
    message.id, message.group, message.dedup, message.push_time, message.ready_time or false, message.attempts,
    message.max_attempts, message.place, message.kind, value or redis.call('HGET', MESSAGES, 'v' .. message.id),
  }
end

-- The first that is claimable indeed.
local function first_claimable(queue)
  while true do
    local first = messages_behind(queue, 'claimable', 0, 1)[1]
    if not first then
      if redis.call('ZLEXCOUNT', QUEUED, '[' .. queue .. '\0c', '(' .. queue .. '\0d') == 0 then return nil end
    elseif is_claimable(first) then
      return first
    else
      set_claimable(first, false)
    end
  end
end

local queue = ARGV[first_arg]
`;

const queues = lua`${settled}${replies}`;

/**
 * The operations of the queue's port; the decisions are those of storage/judge-queue.ts. ARGV behind those of all:
 * per message its id, queue, group, dedup id, delay ('' for none), most attempts, request's id ('' for none) and
 * digest, and kind (J or B) and text of the value. Answers per message a status, and the message's id; 'elsewhere'
 * and the partition that knows of the message of that id, whose dedup id it is; or 'void', where it is decided that
 * this one never comes to be.
 */
export const push = lua`${growing}${replies}

local function push(message, delay, request, digest, value)
  local prior = repeated(request, digest)
  if prior then return prior end
  if redis.call('HEXISTS', MESSAGES, 'x' .. message.id) == 1 then return {'void', ''} end
  local twin, elsewhere = twin_of(message)
  if elsewhere then return {'elsewhere', twin, elsewhere} end
  if twin then return {'refused', twin} end
  message.place = draw_place()
  if delay and delay > 0 then message.state, message.ready_time = 'delayed', now + delay end
  local fields = {'v' .. message.id, value}
  if message.dedup ~= '' then
    fields[#fields + 1], fields[#fields + 2] = dedup_field(message), dedup_mark(message)
  end
  local field = request_field_of(request)
  if request ~= '' then
    redis.call('ZADD', REQUEST_TIMES, now, field)
    fields[#fields + 1] = field
    fields[#fields + 1] = pack(request_fields, {digest = digest, id = message.id, time = now})
  end
  store(message, unpack(fields))
  if message.dedup ~= '' then redis.call('ZREM', DEDUP_TIMES, dedup_field(message)) end
  if request ~= '' then forget_too_many(REQUEST_TIMES, forget_request) end
  return {'done', message.id}
end

local outcomes = {}
for at = first_arg, #ARGV, 10 do
  local message = {
    id = ARGV[at], queue = ARGV[at + 1], group = ARGV[at + 2], dedup = ARGV[at + 3], push_time = now,
    attempts = 0, max_attempts = tonumber(ARGV[at + 5]), state = 'ready', kind = ARGV[at + 8],
    bytes = #ARGV[at + 9],
  }
  outcomes[#outcomes + 1] = push(message, tonumber(ARGV[at + 4]), ARGV[at + 6], ARGV[at + 7], ARGV[at + 9])
end
return answer(outcomes)
`;

/**
 * ARGV behind those of all: per message its id, queue, group, dedup id, times of push and readiness ('' for none),
 * attempts and the most of them, place, and kind and text of the value.
 */
export const putBack = lua`${queues}
for at = first_arg, #ARGV, 11 do
  local message = {
    id = ARGV[at], queue = ARGV[at + 1], group = ARGV[at + 2], dedup = ARGV[at + 3],
    push_time = tonumber(ARGV[at + 4]), ready_time = tonumber(ARGV[at + 5]), attempts = tonumber(ARGV[at + 6]),
    max_attempts = tonumber(ARGV[at + 7]), place = tonumber(ARGV[at + 8]), state = 'ready', kind = ARGV[at + 9],
    bytes = #ARGV[at + 10],
  }
  if not message_of(message.id) then
    local fields = {'v' .. message.id, ARGV[at + 10]}
    if message.dedup ~= '' then
      fields[3], fields[4] = dedup_field(message), dedup_mark(message)
    end
    store(message, unpack(fields))
    if message.dedup ~= '' then redis.call('ZREM', DEDUP_TIMES, dedup_field(message)) end
  end
end
return answer()
`;

/** ARGV behind those of all: the queue and a limit. Answers of the first claimable messages place, size and group. */
export const lookForClaimable = lua`${queues}
local found = {}
if first_claimable(queue) then
  for i, message in ipairs(messages_behind(queue, 'claimable', 0, tonumber(ARGV[10]))) do
    found[i] = {message.place, message.bytes, message.group == '' and 0 or 1}
  end
end
return answer(found)
`;

/** ARGV behind those of all: the queue, the most messages and bytes, lease, owner, whether groups may be claimed. */
export const claim = lua`${queues}
local max_messages, room, lease = tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local owner, groups = ARGV[13], ARGV[14] == '1'

local function claim_one(message)
  local member = queued_member(message, 'ready')
  local number, lease_end = draw_number(), now + lease
  if message.group ~= '' then
    add_ticket({
      lock = message.group, ticket = number, request = message.id, owner = owner, kind = 'claim', lifetime = lease,
      lease = lease, request_time = now, lease_end = lease_end, fence = number, grant_time = now,
      end_time = lease_end,
    })
  end
  message.attempts, message.state, message.claim, message.lease_end =
    message.attempts + 1, 'in_flight', number, lease_end
  redis.call('ZADD', QUEUED, 0, queued_member(message, 'in_flight'))
  redis.call('ZADD', MESSAGE_ENDS, lease_end, message.id)
  put_message(message)
  redis.call('ZREM', QUEUED, member)
  set_claimable(message, false)
  return {number, lease_end, reply_of(message)}
end

local deliveries = {}
while #deliveries < max_messages do
  local first = first_claimable(queue)
  if not first then break end
  local is_refused = first.group ~= '' and not groups
  if is_refused and #deliveries == 0 then return answer('groups_unavailable', {}) end
  room = room - first.bytes
  if is_refused or (room < 0 and #deliveries > 0) then break end
  deliveries[#deliveries + 1] = claim_one(first)
end
return answer('claimed', deliveries)
`;

/** ARGV behind those of all: the queue, and whether what has a group may be popped. */
export const pop = lua`${queues}
local first = first_claimable(queue)
if not first then return answer('popped', false) end
if first.group ~= '' and ARGV[10] ~= '1' then return answer('groups_unavailable', false) end
local value = redis.call('HGET', MESSAGES, 'v' .. first.id)
remove_message(first, true)
first.attempts = first.attempts + 1
return answer('popped', reply_of(first, value))
`;

/** ARGV behind those of all: per settlement its kind, message and claim, and the delay ('' for none) or lease. */
export const settle = lua`${queues}
local causes = {ack = 'acked', nack = 'nacked', ['return'] = 'nacked'}

local function extend(message, lease)
  local lease_end, before = now + lease, message.lease_end
  message.lease_end = lease_end
  if lease_end < before then redis.call('ZADD', MESSAGE_ENDS, lease_end, message.id) end
  put_message(message)
  if lease_end > before then redis.call('ZADD', MESSAGE_ENDS, lease_end, message.id) end
  local ticket = message.group ~= '' and ticket_of(message.group, message.claim)
  if ticket then
    ticket.end_time = lease_end
    hold(ticket, lease_end)
  end
  return {'extended', lease_end, ticket and ticket.interrupted and 1 or 0}
end

local function settle(kind, id, claim, time)
  local message = message_of(id)
  if not message or message.claim ~= claim then
    local ending = ending_of_claim(claim, id)
    if ending and ending.cause == causes[kind] then return {'repeated'} end
    return {'ended', ending and ending.cause or false, ending and ending.end_time or false}
  end
  if kind == 'extend' then return extend(message, time) end
  local to
  if kind == 'nack' then to = attempted(message, time and time > 0 and time)
  elseif kind == 'return' then
    to = {state = 'ready', ready_time = message.ready_time, attempts = message.attempts - 1}
  end
  end_claim(message, causes[kind], to)
  return {'done'}
end

local outcomes = {}
for at = first_arg, #ARGV, 4 do
  local claim, time = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  outcomes[#outcomes + 1] = settle(ARGV[at], ARGV[at + 1], claim, time)
end
return answer(outcomes)
`;

const states = lua`${queues}
local function count(name, state)
  local prefix = name .. '\0' .. letters[state]
  return redis.call('ZLEXCOUNT', QUEUED, '[' .. prefix, '(' .. prefix .. ':')
end

local function state_of(name)
  local first = messages_behind(name, 'ready', 0, 1)[1]
  return {
    count(name, 'ready'), count(name, 'in_flight'), count(name, 'delayed'), count(name, 'parked'),
    first and first.place or false, first and first.push_time or false,
  }
end
`;

/** ARGV behind those of all: the queue. Answers how many there are by state, and the first one's place and time. */
export const getQueue = lua`${states}
return answer(state_of(queue))
`;

/** ARGV behind those of all: where to begin, as ZRANGEBYLEX has it, a prefix, and a limit. */
export const listQueues = lua`${states}
local found = {}
local upto = '(' .. ARGV[10] .. '\255'
for _, name in ipairs(redis.call('ZRANGEBYLEX', QUEUES, ARGV[9], upto, 'LIMIT', 0, tonumber(ARGV[11]))) do
  if redis.call('ZLEXCOUNT', QUEUED, range_of(name)) == 0 then redis.call('ZREM', QUEUES, name)
  else found[#found + 1] = {name, state_of(name)} end
end
return answer(found)
`;

/** ARGV behind those of all: the queue, a state, a place, the most messages and bytes. Answers whether there is more. */
export const peek = lua`${queues}
local limit, room, found = tonumber(ARGV[12]), tonumber(ARGV[13]), {}
for _, message in ipairs(messages_behind(queue, ARGV[10], tonumber(ARGV[11]), limit + 1)) do
  room = room - message.bytes
  if #found > 0 and (#found >= limit or room < 0) then return answer(1, found) end
  found[#found + 1] = reply_of(message)
end
return answer(0, found)
`;

const steps = lua`${queues}
-- Does something to the first of these messages, by place.
local function step(found, limit, work)
  table.sort(found, function(a, b) return a.place < b.place end)
  local count, last = math.min(#found, limit), false
  for i = 1, count do
    last = found[i].place
    work(found[i])
  end
  return answer(count, count == limit and last)
end
`;

/** ARGV behind those of all: the queue, a place, a limit, and states. */
export const purge = lua`${steps}
local after, limit, found = tonumber(ARGV[10]), tonumber(ARGV[11]), {}
for i = 12, #ARGV do
  for _, message in ipairs(messages_behind(queue, ARGV[i], after, limit)) do found[#found + 1] = message end
end
return step(found, limit, function(message)
  if message.claim then end_claim(message, 'purged') else remove_message(message, false) end
end)
`;

/** ARGV behind those of all: the queue, a place, the last place, a limit, whether ids follow, and those. */
export const replay = lua`${steps}
local after, last, limit = tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local found, seen = {}, {}

local function add(message)
  if not message or message.state ~= 'parked' or message.queue ~= queue or seen[message.id] then return end
  if message.place <= after or message.place > last then return end
  seen[message.id] = true
  found[#found + 1] = message
end

if ARGV[13] == '1' then
  for i = 14, #ARGV do add(message_of(ARGV[i])) end
else
  for _, message in ipairs(messages_behind(queue, 'parked', after, limit)) do add(message) end
end
return step(found, limit, function(message)
  change(message, {state = 'ready', ready_time = message.ready_time, attempts = 0, place = draw_place()})
end)
`;

/** Answers the last place. */
export const lastPlace = lua`${unsettled}
return answer(last_place)
`;

/** ARGV behind those of all: a limit. Answers whether there is more, and when the next message is due. */
export const expireMessages = lua`${unsettled}
local limit = tonumber(ARGV[first_arg])
local more = go_on_turning() or end_due_messages(limit) or end_due_tickets(limit)
return answer(more and 1 or 0, next_end(MESSAGE_ENDS))
`;

/** ARGV behind those of all: a limit. Answers how much was done, and dedup ids of which other partitions know. */
export const sweepQueues = lua`${unsettled}
local limit = tonumber(ARGV[first_arg])

local elsewhere = {}

-- What another partition knows of is to be asked there, and again after another window.
local function forget_dedup(field)
  local text = redis.call('HGET', MESSAGES, field)
  local kind, queue, dedup = string.match(field, '^(.)([^%z]*)%z?(.*)$')
  local id, time, where = unpack(text and kind == 'd' and cmsgpack.unpack(text) or {})
  if where then
    elsewhere[#elsewhere + 1] = {queue, dedup, id, where}
    redis.call('ZADD', DEDUP_TIMES, now, field)
    return
  end
  if kind == 'x' or time then redis.call('HDEL', MESSAGES, field) end
  redis.call('ZREM', DEDUP_TIMES, field)
end

local room = limit - sweep(CLAIM_TIMES, now - window, limit, forget_claim_ending)
room = room - sweep(REQUEST_TIMES, now - window, room, forget_request)
room = room - sweep(DEDUP_TIMES, now - dedup_window, room, forget_dedup)
return answer(limit - room, elsewhere)
`;
