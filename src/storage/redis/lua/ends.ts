import { lines } from './lines.js';
import { lua, runsWithoutRoom } from './lua.js';
import { messages } from './messages.js';

/** What ends, by whatever: tickets and claims, each the other's too, and delays. */
const ends = lua`${lines}${messages}
-- Removes a ticket from its line; what is over by that is remembered and told, and the next one is granted.
local function end_ticket(ticket, cause)
  local end_time = cause == 'expired' and ticket.lease_end or now
  if ticket.fence and ticket.kind ~= 'claim' then remember_ending(ticket, cause, end_time) end
  remove_ticket(ticket)
  tell('ended', ticket.lock, ticket.ticket, ticket.request, ticket.fence or '', cause, end_time)
  holder_of(ticket.lock)
end

-- Ends a claim; its message becomes what is said, or is removed, and the lock that it held goes on.
local function end_claim(message, cause, to)
  local claim = message.claim
  local end_time = cause == 'expired' and message.lease_end or now
  remember_claim_ending(claim, message.id, cause, end_time)
  if to then change(message, to) else remove_message(message, cause == 'acked') end
  local ticket = message.group ~= '' and ticket_of(message.group, claim)
  if ticket then end_ticket(ticket, (cause == 'expired' or cause == 'deleted') and cause or 'released') end
  if cause ~= 'acked' and cause ~= 'nacked' then
    tell('claim_ended', message.queue, message.id, partition, claim, cause, end_time)
  end
end

-- Ends a claim that has run out, or a delay.
local function end_turn(message)
  if message.claim then end_claim(message, 'expired', attempted(message))
  else change(message, {state = 'ready', ready_time = message.ready_time, attempts = message.attempts}) end
end

local function claimed_by(ticket)
  local message = ticket.kind == 'claim' and message_of(ticket.request)
  return message and message.claim == ticket.ticket and message or nil
end

local function end_due_ticket(member)
  local lock, number = string.match(member, '^(.*)%z(%d+)$')
  local ticket = ticket_of(lock, tonumber(number))
  if not ticket then
    leave_line(lock, tonumber(number))
    holder_of(lock)
  elseif ticket.lease_end > now then
    redis.call('ZADD', TICKET_ENDS, ticket.lease_end, member)
  else
    local message = claimed_by(ticket)
    if message then end_turn(message) else end_ticket(ticket, 'expired') end
  end
end

-- Removes what a script that failed left of a message's other states.
local function forget_states(message)
  for state in pairs(letters) do
    if state ~= message.state and state ~= 'claimable' then
      redis.call('ZREM', QUEUED, queued_member(message, state))
    end
  end
end

local function end_due_message(id)
  local message = message_of(id)
  local due = message and until_of(message)
  if message then forget_states(message) end
  if not due then redis.call('ZREM', MESSAGE_ENDS, id)
  elseif due > now then redis.call('ZADD', MESSAGE_ENDS, due, id)
  else end_turn(message) end
end

-- Ends what is due, at most so many. True where there is more.
local function end_due(ends, limit, end_one)
  for _ = 1, limit do
    local member = redis.call('ZRANGEBYSCORE', ends, '-inf', now, 'LIMIT', 0, 1)[1]
    if not member then return false end
    end_one(member)
  end
  return #redis.call('ZRANGEBYSCORE', ends, '-inf', now, 'LIMIT', 0, 1) > 0
end

local function end_due_tickets(limit) return end_due(TICKET_ENDS, limit, end_due_ticket) end
local function end_due_messages(limit) return end_due(MESSAGE_ENDS, limit, end_due_message) end

local function next_end(ends)
  return tonumber(redis.call('ZRANGE', ends, 0, 0, 'WITHSCORES')[2]) or false
end

-- Forgets what is remembered since before a time, at most so much, and answers how much.
local function sweep(times, before, limit, forget)
  local old = redis.call('ZRANGEBYSCORE', times, '-inf', before, 'LIMIT', 0, limit)
  for _, one in ipairs(old) do forget(one) end
  return #old
end
`;

const settle = lua`
if go_on_turning() or end_due_tickets(100) or end_due_messages(100) then return answer('unsettled') end
`;

/**
 * What operations begin with: all that is due in the partition is dealt with first. Where that is much, the script
 * does a part and answers 'unsettled', and is to be run again.
 */
export const settled = lua`${runsWithoutRoom}
${ends}${settle}`;

/** As `settled`, for what takes room: it is refused where there is none. */
export const growing = lua`${ends}${settle}`;

/** For scripts that go by what is due at most a few at a time themselves. */
export const unsettled = lua`${runsWithoutRoom}
${ends}`;
