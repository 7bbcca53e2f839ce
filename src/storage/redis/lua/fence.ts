import { judge } from './judge.js';
import { lua } from './lua.js';

/** Fences that readers bring. The head is the truth; IDLE may name one that is not. */
export const fence = lua`${judge}
-- Makes a fence the lowest that is accepted. Answers the highest where it is stale, else nothing.
local function raise_fence(conversation, fence)
  local head = head_of(conversation)
  if head and is_stale(fence, head) then return head.fence end
  if not head then
    head = new_head(log.nums + 1)
    redis.call('HSET', META, 'nums', head.num)
  end
  if head.present == 0 then
    redis.call('ZADD', IDLE, now(), conversation)
  elseif head.fence == fence then
    return nil
  end
  head.fence = fence
  put_head(conversation, head)
end
`;
