import { judge } from './judge.js';
import { lua } from './lua.js';
import { partition } from './partition.js';

/**
 * ARGV behind those of all: a conversation and a fence. Answers the highest fence where it is stale, else nothing. The
 * head is the truth; IDLE may name one that is not.
 */
export const raiseFence = lua`${partition}${judge}
local conversation, fence = ARGV[3], tonumber(ARGV[4])
local head = head_of(conversation)
if head and is_stale(fence, head) then return head.fence end
if not head then
  head = new_head(log.nums + 1)
  redis.call('HSET', META, 'nums', head.num)
end
if head.present == 0 then
  redis.call('ZADD', IDLE, now(), conversation)
elseif head.fence == fence then
  return false
end
head.fence = fence
put_head(conversation, head)
return false
`;
