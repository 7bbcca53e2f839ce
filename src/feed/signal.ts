/** Wakes one waiting loop; a notice that comes while nobody waits is kept for the next wait. */
export class Signal {
  #notified = false;
  #resolve: (() => void) | undefined;

  notify(): void {
    if (this.#resolve) this.#resolve();
    else this.#notified = true;
  }

  /** Resolves at a notice, kept or coming, or after a time. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#notified) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
        timer = setTimeout(resolve, timeoutMs);
      });
      clearTimeout(timer);
      this.#resolve = undefined;
    }
    this.#notified = false;
  }
}
