import { type Runner, Script } from '#src/storage/redis/script.js';

/**
 * Fails at a write, as Lua that comes before a script's own. What was written before stays: Redis does not roll back.
 */
function failingAt(write: number): string {
  return `
local real, left = redis, ${write}
local reads = {
  HGET = 1, HMGET = 1, HEXISTS = 1, TIME = 1, ZCARD = 1, ZCOUNT = 1, ZLEXCOUNT = 1, ZRANGE = 1, ZRANGEBYLEX = 1,
  ZRANGEBYSCORE = 1, ZSCORE = 1,
}
local redis = setmetatable({call = function(command, ...)
  if not reads[command] then
    left = left - 1
    if left == 0 then error('failed on purpose') end
  end
  return real.call(command, ...)
end}, {__index = real})
`;
}

/** Passes scripts on, but for the next one, which fails at a write if it has so many. */
export class Saboteur implements Runner {
  readonly #runner: Runner;
  /** From 1 on; 0 for none. */
  failAt = 0;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  run(...[script, keys, args, reply]: Parameters<Runner['run']>): Promise<unknown> {
    if (this.failAt === 0) return this.#runner.run(script, keys, args, reply);
    const [, flags, text] = /^(#![^\n]*\n)?(.*)$/s.exec(script.text)!;
    const sabotaged = new Script(`${flags ?? ''}${failingAt(this.failAt)}${text}`);
    this.failAt = 0;
    return this.#runner.run(sabotaged, keys, args, reply);
  }

  call(...args: Parameters<Runner['call']>): Promise<unknown> {
    return this.#runner.call(...args);
  }
}
