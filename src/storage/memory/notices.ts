/** What an operation has to tell those who watch a store, once it is done. */
export class Notices<Notice> {
  readonly #watchers = new Set<(notice: Notice) => void>();
  #pending: Notice[] = [];
  #isTelling = false;

  add(notice: Notice): void {
    if (this.#watchers.size > 0) this.#pending.push(notice);
  }

  /** Tells what is pending, and what watchers' own operations add. */
  tell(): void {
    if (this.#isTelling || this.#pending.length === 0) return;
    this.#isTelling = true;
    try {
      for (const notice of this.#pending) for (const watcher of this.#watchers) watcher(notice);
    } finally {
      this.#pending = [];
      this.#isTelling = false;
    }
  }

  watch(onNotice: (notice: Notice) => void): AsyncDisposable {
    const watcher = (notice: Notice) => onNotice(notice);
    this.#watchers.add(watcher);
    return {
      [Symbol.asyncDispose]: async () => {
        this.#watchers.delete(watcher);
      },
    };
  }
}
