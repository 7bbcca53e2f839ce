import { lua } from './lua.js';

/**
 * A server that is full refuses the first write of a script that may need memory, and no further ones. An erasure
 * makes room, but writes first; so it begins with a write that needs none.
 */
export const room = lua`
local function makes_room()
  redis.call('HDEL', META, '')
end
`;
