import { lua } from './lua.js';

/**
 * What every script on the locks and queues of a partition begins with; `layout.ts` says what the keys hold.
 *
 * TICKETS and MESSAGES are the truth: one command each changes what a ticket or a message is. Indexes are widened
 * before it and narrowed behind it, so they may name what is not there, or not so any more: whoever goes by them
 * looks. A script that fails leaves a holding that ends with its lease, at worst.
 *
 * ARGV: the store, the time (0 for the server's), the partition, the number of partitions, the command that
 * publishes, its channel, who sends, the dedup window; then the operation's own.
 */
export const lines = lua`
local META, TICKETS, LINES, LOCKS, TICKET_ENDS, MESSAGES, QUEUED, GROUPS, TURNS, MESSAGE_ENDS, QUEUES, ENDINGS,
  ENDING_TIMES, CLAIM_TIMES, REQUEST_TIMES, DEDUP_TIMES = unpack(KEYS)

local meta = redis.call('HMGET', META, 'store', 'number', 'place')
if meta[1] ~= ARGV[1] then
  return redis.error_reply('TRACKSIDE_STORE the partition belongs to another store')
end
local now = tonumber(ARGV[2])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local partition, partitions, dedup_window = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[8])
local first_arg = 9

local window, max_remembered = 24 * 3600 * 1000000, 65536

-- Lua's own conversion keeps 14 digits only.
local function digits(number)
  return string.format('%.0f', number)
end

local function padded(number)
  return string.format('%016.0f', number)
end

local function pack(fields, record)
  local list = {}
  for i, field in ipairs(fields) do list[i] = record[field] or false end
  return cmsgpack.pack(list)
end

local function unpack_record(fields, text)
  if not text then return nil end
  local record, list = {}, cmsgpack.unpack(text)
  for i, field in ipairs(fields) do record[field] = list[i] or nil end
  return record
end

-- What begins with a name, and the character that ends it.
local function range_of(name)
  return '[' .. name .. '\0', '(' .. name .. '\1'
end

-- The next ticket, fence or claim: not below the clock, so that they go on growing where writes are lost.
local last_number = tonumber(meta[2] or 0)
local function draw_number()
  last_number = math.max(last_number + 1, now)
  redis.call('HSET', META, 'number', digits(last_number))
  return last_number
end

-- Notices: what happened, the lock or queue, and texts.

local notices, fresh = {}, {}

local function tell(...)
  local notice = {}
  for i, part in ipairs({...}) do notice[i] = type(part) == 'number' and digits(part) or part end
  notices[#notices + 1] = notice
end

-- Ends a script: tells other processes what happened, and this one that and more.
local function answer(...)
  local ready = {}
  for _, queue in pairs(fresh) do ready[queue] = (ready[queue] or 0) + 1 end
  for queue, count in pairs(ready) do tell('ready', queue, count) end
  local text = ''
  if #notices > 0 then
    text = cjson.encode(notices)
    redis.pcall(ARGV[5], ARGV[6], ARGV[7] .. ' ' .. text)
  end
  return {now, text, ...}
end

-- Tickets. One without a fence waits.

local ticket_fields = {
  'lock', 'ticket', 'request', 'owner', 'kind', 'lifetime', 'lease', 'request_time', 'lease_end', 'fence',
  'grant_time', 'end_time', 'interrupted',
}

local lock_turned

local function line_member(lock, number)
  return lock .. '\0' .. padded(number)
end

local function request_field(lock, request)
  return 'r' .. lock .. '\0' .. request
end

local function line_length(lock)
  return redis.call('ZLEXCOUNT', LINES, range_of(lock))
end

local function ahead_of(ticket)
  local member = line_member(ticket.lock, ticket.ticket)
  return redis.call('ZLEXCOUNT', LINES, '[' .. ticket.lock .. '\0', '(' .. member)
end

local function ticket_of(lock, number)
  local ticket = unpack_record(ticket_fields, redis.call('HGET', TICKETS, 't' .. digits(number)))
  return ticket and ticket.lock == lock and ticket or nil
end

local function ticket_of_request(lock, request)
  local number = redis.call('HGET', TICKETS, request_field(lock, request))
  return number and ticket_of(lock, tonumber(number))
end

local function put_ticket(ticket, ...)
  redis.call('HSET', TICKETS, 't' .. digits(ticket.ticket), pack(ticket_fields, ticket), ...)
end

-- Removes a place from a line. The ticket's end is last, as it leads back here where the rest failed.
local function leave_line(lock, number)
  local member = line_member(lock, number)
  redis.call('ZREM', LINES, member)
  if line_length(lock) == 0 then
    redis.call('ZREM', LOCKS, lock)
    lock_turned(lock)
  end
  redis.call('ZREM', TICKET_ENDS, member)
end

local function add_ticket(ticket)
  local member = line_member(ticket.lock, ticket.ticket)
  local is_first = line_length(ticket.lock) == 0
  redis.call('ZADD', TICKET_ENDS, ticket.lease_end, member)
  redis.call('ZADD', LOCKS, 0, ticket.lock)
  redis.call('ZADD', LINES, 0, member)
  if ticket.kind == 'claim' then put_ticket(ticket)
  else put_ticket(ticket, request_field(ticket.lock, ticket.request), digits(ticket.ticket)) end
  if is_first then lock_turned(ticket.lock) end
end

local function remove_ticket(ticket)
  local field = 't' .. digits(ticket.ticket)
  if ticket.kind == 'claim' then redis.call('HDEL', TICKETS, field)
  else redis.call('HDEL', TICKETS, field, request_field(ticket.lock, ticket.request)) end
  leave_line(ticket.lock, ticket.ticket)
end

-- Changes a ticket and when it runs out. The index of ends is never behind the truth.
local function hold(ticket, lease_end)
  local member, before = line_member(ticket.lock, ticket.ticket), ticket.lease_end
  ticket.lease_end = lease_end
  if lease_end < before then redis.call('ZADD', TICKET_ENDS, lease_end, member) end
  put_ticket(ticket)
  if lease_end > before then redis.call('ZADD', TICKET_ENDS, lease_end, member) end
end

local function capped(time, end_time)
  return end_time and math.min(time, end_time) or time
end

-- Makes a ticket a grant that counts from now, and answers when that runs out.
local function grant(ticket)
  ticket.fence, ticket.grant_time = draw_number(), now
  ticket.end_time = ticket.lifetime and now + ticket.lifetime
  if ticket.kind == 'stream' then return capped(now + ticket.lease, ticket.end_time) end
  return ticket.end_time or now + ticket.lease
end

-- When a ticket that is kept runs out; what a lease or a claim holds is kept up otherwise.
local function kept_until(ticket, lease)
  if not ticket.fence then return now + lease end
  return ticket.kind == 'stream' and capped(now + lease, ticket.end_time) or ticket.lease_end
end

-- The first of a line, granted if it was not yet.
local function holder_of(lock)
  local from, upto = range_of(lock)
  while true do
    local member = redis.call('ZRANGEBYLEX', LINES, from, upto, 'LIMIT', 0, 1)[1]
    if not member then return nil end
    local number = tonumber(string.sub(member, #lock + 2))
    local first = ticket_of(lock, number)
    if first then
      if not first.fence and first.lease_end > now then
        hold(first, grant(first))
        tell('granted', lock, first.ticket, first.request, first.fence, first.grant_time, first.end_time or '', '')
      end
      return first
    end
    leave_line(lock, number)
  end
end

-- Endings, of holdings by fence and of claims by number.

local ending_fields = {'lock', 'ticket', 'request', 'fence', 'cause', 'end_time', 'time'}
local claim_ending_fields = {'message', 'cause', 'end_time', 'time'}

local function is_recent(record)
  return record and record.time > now - window and record or nil
end

local function forget_ending(fence)
  local ending = unpack_record(ending_fields, redis.call('HGET', ENDINGS, 'l' .. fence))
  if ending then
    local field = request_field(ending.lock, ending.request)
    redis.call('HDEL', ENDINGS, 'l' .. fence, 't' .. digits(ending.ticket))
    if redis.call('HGET', ENDINGS, field) == fence then redis.call('HDEL', ENDINGS, field) end
  end
  redis.call('ZREM', ENDING_TIMES, fence)
end

local function forget_claim_ending(claim)
  redis.call('HDEL', ENDINGS, 'c' .. claim)
  redis.call('ZREM', CLAIM_TIMES, claim)
end

local function forget_too_many(times, forget)
  if redis.call('ZCARD', times) > max_remembered then forget(redis.call('ZRANGE', times, 0, 0)[1]) end
end

local function remember_ending(ticket, cause, end_time)
  local fence = digits(ticket.fence)
  local ending = {
    lock = ticket.lock, ticket = ticket.ticket, request = ticket.request, fence = ticket.fence, cause = cause,
    end_time = end_time, time = now,
  }
  redis.call('ZADD', ENDING_TIMES, now, fence)
  redis.call('HSET', ENDINGS, 'l' .. fence, pack(ending_fields, ending), 't' .. digits(ticket.ticket), fence,
    request_field(ticket.lock, ticket.request), fence)
  forget_too_many(ENDING_TIMES, forget_ending)
end

local function remember_claim_ending(claim, message, cause, end_time)
  local ending = {message = message, cause = cause, end_time = end_time, time = now}
  redis.call('ZADD', CLAIM_TIMES, now, digits(claim))
  redis.call('HSET', ENDINGS, 'c' .. digits(claim), pack(claim_ending_fields, ending))
  forget_too_many(CLAIM_TIMES, forget_claim_ending)
end

local function ending_of_fence(lock, fence)
  local ending = is_recent(unpack_record(ending_fields, redis.call('HGET', ENDINGS, 'l' .. fence)))
  return ending and ending.lock == lock and ending or nil
end

local function ending_by(lock, field)
  local fence = redis.call('HGET', ENDINGS, field)
  return fence and ending_of_fence(lock, fence) or nil
end

local function ending_of_claim(claim, message)
  local text = redis.call('HGET', ENDINGS, 'c' .. digits(claim))
  local ending = is_recent(unpack_record(claim_ending_fields, text))
  return ending and ending.message == message and ending or nil
end
`;
