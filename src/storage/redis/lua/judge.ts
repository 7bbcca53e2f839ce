import { lua } from './lua.js';

/** The decisions of storage/judge.ts, by the same names and in the same order. */
export const judge = lua`
local function is_stale(fence, head)
  return fence and head.fence and fence < head.fence
end

local function holds(expectation, head)
  if expectation == 'any' then return true end
  if expectation == 'no_events' then return head.present == 0 end
  if expectation == 'has_events' then return head.present == 1 end
  return tonumber(expectation) == (head.present == 1 and head.last or 0)
end

local function judge_append(append, head, prior)
  if prior then return prior.digest == append.digest and 'repeated' or 'append_id_reused' end
  if is_stale(append.fence, head) then return 'fence_stale' end
  if not holds(append.expectation, head) then return 'conflict' end
  return nil
end

local function judge_erasure(erasure, head, prior)
  if prior then return prior.digest == erasure.digest and 'repeated' or 'request_id_reused' end
  if head.present == 0 then return 'missing' end
  if erasure.kind == 'delete' then
    return (erasure.expected or head.last) ~= head.last and 'conflict' or nil
  elseif erasure.kind == 'redact' then
    return (erasure.sequences[#erasure.sequences] or 0) > head.last and 'not_reached' or nil
  end
  return erasure.first_kept > head.last + 1 and 'not_reached' or nil
end
`;
