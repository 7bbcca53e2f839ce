/** Wakes one waiting loop; a notice that comes while nobody waits is kept for the next wait. */
export class Signal {
  #notified = false;
  #resolve: (() => void) | undefined;

  readonly notify = (): void => {
    if (!this.#resolve) {
      this.#notified = true;
      return;
    }
    this.#resolve();
    this.#resolve = undefined;
  };

  /** Resolves at a notice, kept or coming. */
  wait(): Promise<void> {
    if (this.#notified) {
      this.#notified = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
