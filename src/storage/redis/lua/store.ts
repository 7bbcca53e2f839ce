import { lua } from './lua.js';

/**
 * KEYS: the store's. ARGV: the layout's version, and id, epoch and partitions of a new store. Makes the store where
 * there is none, and answers the four that it has.
 */
export const identify = lua`
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'version', ARGV[1], 'id', ARGV[2], 'epoch', ARGV[3], 'partitions', ARGV[4])
end
return redis.call('HMGET', KEYS[1], 'version', 'id', 'epoch', 'partitions')
`;
