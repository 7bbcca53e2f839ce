import { type Runner, Script } from '#src/storage/redis/script.js';

/**
 * Fails at a write, and sets the server's clock back, as Lua that comes before a script's own. What was written before
 * the failure stays: Redis does not roll back.
 */
function sabotage(write: number, seconds: number): string {
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
  local answer = real.call(command, ...)
  if command == 'TIME' then answer[1] = answer[1] - ${seconds} end
  return answer
end}, {__index = real})
`;
}

/** Passes scripts on; the next one fails at a write if it has so many. */
export class Saboteur implements Runner {
  readonly #runner: Runner;
  /** From 1 on; 0 for none. */
  failAt = 0;
  /** By how many seconds the server's clock is set back. */
  setBack = 0;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  run(...[script, keys, args, reply]: Parameters<Runner['run']>): Promise<unknown> {
    if (this.failAt === 0 && this.setBack === 0) return this.#runner.run(script, keys, args, reply);
    const [, flags, text] = /^(#![^\n]*\n)?(.*)$/s.exec(script.text)!;
    const sabotaged = new Script(`${flags ?? ''}${sabotage(this.failAt, this.setBack)}${text}`);
    this.failAt = 0;
    return this.#runner.run(sabotaged, keys, args, reply);
  }

  call(...args: Parameters<Runner['call']>): Promise<unknown> {
    return this.#runner.call(...args);
  }
}
