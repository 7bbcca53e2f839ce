import { start } from './processes.mjs';

/** Workers, each a process of its own, that are replaced when they are killed. */
export class Crew {
  #killed = 0;
  #workers;

  /** @param {number} size */
  constructor(size) {
    this.#workers = Array.from({ length: size }, hire);
  }

  /** How many were killed so far. */
  get killed() {
    return this.#killed;
  }

  /** Kills one, whatever it is doing, and hires another in its place. */
  killAny() {
    const place = Math.floor(Math.random() * this.#workers.length);
    this.#workers[place]?.kill('SIGKILL');
    this.#workers[place] = hire();
    this.#killed += 1;
  }

  dismiss() {
    for (const worker of this.#workers) worker.kill('SIGKILL');
  }
}

/** A worker works until it is killed. If one ends by itself something is wrong, and its output says what. */
function hire() {
  const worker = start('worker.mjs');
  worker.once('exit', (_code, signal) => {
    if (signal !== 'SIGKILL') process.exit(1);
  });
  return worker;
}
