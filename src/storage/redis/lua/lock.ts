import { growing, settled, unsettled } from './ends.js';
import { lua } from './lua.js';

const replies = lua`
local function grant_of(ticket)
  return {ticket.fence, ticket.grant_time, ticket.end_time or false, ticket.interrupted and 1 or 0}
end

local function holding_of(ticket)
  return {
    ticket.ticket, ticket.owner, ticket.kind, ticket.request_time, ticket.lease_end, grant_of(ticket),
  }
end

local function ending_reply(ending)
  return ending and {ending.fence, ending.cause, ending.end_time} or false
end

local lock = ARGV[first_arg]
`;

const locks = lua`${settled}${replies}`;

/**
 * The operations of the lock's port, by the same names; the decisions are those of storage/judge-lock.ts. ARGV behind
 * those of all: the lock, the request, owner, kind, lifetime ('' for none), lease, whether to wait, whether to
 * interrupt, and the most that may wait.
 */
export const enter = lua`${growing}${replies}
local asked = {
  lock = lock, request = ARGV[10], owner = ARGV[11], kind = ARGV[12], lifetime = tonumber(ARGV[13]),
  lease = tonumber(ARGV[14]), request_time = now,
}
local wait, interrupts, max_waiting = ARGV[15] == '1', ARGV[16] == '1', tonumber(ARGV[17])

local holder = holder_of(lock)

-- Tells a holder, once, that somebody else asks.
local function interrupt(own)
  if not interrupts or not holder or holder.interrupted or (own and own.ticket == holder.ticket) then return end
  holder.interrupted = true
  put_ticket(holder)
  tell('interrupted', lock, holder.ticket, holder.request)
  local message = claimed_by(holder)
  if message then tell('claim_interrupted', message.queue, message.id, partition, holder.ticket) end
end

local function place(ticket)
  if ticket.fence then return answer('granted', ticket.ticket, grant_of(ticket)) end
  return answer('queued', ticket.ticket, ahead_of(ticket))
end

local own = ticket_of_request(lock, asked.request)
if own then
  hold(own, kept_until(own, asked.lease))
  interrupt(own)
  return place(own)
end
local ending = ending_by(lock, request_field(lock, asked.request))
if ending then return answer('ended', ending_reply(ending)) end
local length = line_length(lock)
if length > 0 then
  if not wait then
    interrupt()
    return answer('taken', holding_of(holder), length - 1)
  end
  if length > max_waiting then return answer('full') end
end
asked.ticket, asked.lease_end = draw_number(), now + asked.lease
if length == 0 then asked.lease_end = grant(asked) end
add_ticket(asked)
interrupt(asked)
return place(asked)
`;

/** ARGV behind those of all: per ticket its lock, number and lease. */
export const keep = lua`${locks}
local outcomes = {}
for at = first_arg, #ARGV, 3 do
  local name, number, lease = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  holder_of(name)
  local own = ticket_of(name, number)
  if not own then
    outcomes[#outcomes + 1] = {'ended', ending_reply(ending_by(name, 't' .. digits(number)))}
  else
    hold(own, kept_until(own, lease))
    outcomes[#outcomes + 1] = own.fence and {'granted', grant_of(own)} or {'waiting', ahead_of(own)}
  end
end
return answer(outcomes)
`;

/** ARGV behind those of all: the lock, the fence and the lifetime. */
export const extend = lua`${locks}
local fence, lifetime = tonumber(ARGV[10]), tonumber(ARGV[11])
local holder = holder_of(lock)
if not holder or holder.fence ~= fence then
  return answer('ended', ending_reply(ending_of_fence(lock, digits(fence))))
end
if holder.kind ~= 'lease' then return answer('wrong_kind', holder.kind) end
holder.end_time = now + lifetime
hold(holder, holder.end_time)
return answer('extended', grant_of(holder), line_length(lock) - 1)
`;

/** ARGV behind those of all: the lock and the fence. */
export const release = lua`${locks}
local fence = tonumber(ARGV[10])
local holder = holder_of(lock)
if not holder or holder.fence ~= fence then
  local ending = ending_of_fence(lock, digits(fence))
  if ending and ending.cause == 'released' then return answer('repeated') end
  return answer('ended', ending_reply(ending))
end
if holder.kind == 'claim' then return answer('wrong_kind', 'claim') end
end_ticket(holder, 'released')
return answer('released')
`;

/** ARGV behind those of all: the lock, the ticket, and whether it is given up where it holds the lock. */
export const leave = lua`${locks}
holder_of(lock)
local own = ticket_of(lock, tonumber(ARGV[10]))
if own and own.fence then
  if ARGV[11] ~= '1' or own.kind == 'claim' then return answer('granted', grant_of(own)) end
  end_ticket(own, 'released')
elseif own then
  remove_ticket(own)
end
return answer('left')
`;

/** ARGV behind those of all: the lock and a fence ('' for any). A claim's message goes back to its queue. */
export const deleteHolding = lua`${locks}
local fence = tonumber(ARGV[10])
local holder = holder_of(lock)
if not holder or (fence and holder.fence ~= fence) then return answer('missing') end
local message = claimed_by(holder)
if message then end_claim(message, 'deleted', attempted(message)) else end_ticket(holder, 'deleted') end
return answer('deleted')
`;

/** ARGV behind those of all: the lock and the most waiters. */
export const getLock = lua`${locks}
local holder = holder_of(lock)
if not holder then return answer('free') end
local limit, waiters = tonumber(ARGV[10]), {}
local from, upto = range_of(lock)
for _, member in ipairs(redis.call('ZRANGEBYLEX', LINES, from, upto, 'LIMIT', 1, limit)) do
  local one = ticket_of(lock, tonumber(string.sub(member, #lock + 2)))
  if one then waiters[#waiters + 1] = {one.ticket, one.owner, one.request_time} end
end
return answer('held', holding_of(holder), line_length(lock) - 1, waiters)
`;

/** ARGV behind those of all: where to begin, as ZRANGEBYLEX has it, a prefix, and a limit. */
export const listLocks = lua`${locks}
local found = {}
local upto = '(' .. ARGV[10] .. '\255'
for _, name in ipairs(redis.call('ZRANGEBYLEX', LOCKS, ARGV[9], upto, 'LIMIT', 0, tonumber(ARGV[11]))) do
  local holder = holder_of(name)
  if holder then found[#found + 1] = {name, holding_of(holder), line_length(name) - 1} end
end
return answer(found)
`;

/** ARGV behind those of all: a limit. Answers whether there is more, and when the next ticket runs out. */
export const expireTickets = lua`${unsettled}
local more = go_on_turning() or end_due_tickets(tonumber(ARGV[first_arg]))
return answer(more and 1 or 0, next_end(TICKET_ENDS))
`;

/** ARGV behind those of all: a limit. Answers how many endings were forgotten. */
export const sweepLocks = lua`${unsettled}
return answer(sweep(ENDING_TIMES, now - window, tonumber(ARGV[first_arg]), forget_ending))
`;
