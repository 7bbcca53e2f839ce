import { lua } from './lua.js';

/** The end of conversations that were left alone for too long: an erasure as a deletion is, but by nobody. */
export const expiry = lua`
local function ranges_left(head)
  return head.first <= head.last and {{head.first, head.last}} or {}
end

local function expire(conversation, head)
  local x = {
    letter = 'X', kind = 'expire', conversation = conversation, id = '', digest = '', num = head.num, time = now(),
    position = log.position + 1, from = head.begin, to = head.last, ranges = ranges_left(head),
  }
  x.check = next_check(log.check, 'expire', conversation, digits(head.last))
  redis.call('HSET', LOG, x.position, 'X' .. erasure_line(x))
  apply(x, head)
end

-- The head of a conversation as a write meets it: one that has expired is ended first.
local function present_head_of(conversation)
  local head = head_of(conversation)
  if head and head.present == 1 and not is_living(head) then expire(conversation, head) end
  return head
end
`;
