import { pace } from './load/drive.js';
import { type Figure, figure, type Limit } from './report.js';
import { quantile } from './rounds.js';

const perSecond = 500;

/** How many relays a measurement takes: each passes every 128 ms, and whoever is next waits long before. */
export const relayCount = 64;

/** Something that one has and another waits for. */
export interface Relay {
  /** Hands it on; returns how long that took until the other one saw it, in milliseconds. */
  pass(): Promise<number>;
}

/** Has relays pass in turn for two seconds; a turn that comes while all of them are passing is left out. */
export async function passInTurn(relays: readonly Relay[]): Promise<readonly number[]> {
  const idle = [...relays];
  const delays: number[] = [];
  const pass = async () => {
    const relay = idle.shift();
    if (!relay) return;
    delays.push(await relay.pass());
    idle.push(relay);
  };
  await pace(pass, perSecond, 2_000);
  return delays;
}

/** The figures of delays that were measured in rounds; the limit is for 99 of 100. */
export function delayFigures(name: string, rounds: readonly (readonly number[])[], limit?: Limit): Figure[] {
  const sorted = rounds.map((delays) => delays.toSorted((a, b) => a - b));
  const at = (part: number) => sorted.map((delays) => quantile(delays, part));
  return [figure(`${name}.p99`, 'ms', at(0.99), limit), figure(`${name}.p50`, 'ms', at(0.5))];
}
