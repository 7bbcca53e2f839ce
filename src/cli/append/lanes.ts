/** Runs tasks side by side. */
export interface Lanes {
  /**
   * Begins a task as soon as there is room for it, and resolves then. Tasks of one key run one after another.
   * After a failure nothing begins any more.
   */
  begin(key: string, bytes: number, task: () => Promise<void>): Promise<void>;
  /** Waits for what has begun; fails with the first failure. */
  finish(): Promise<void>;
}

/** At most `tasks` tasks at a time that hold at most `bytes` together, or one that holds more. */
export function createLanes(limits: {
  readonly tasks: number;
  readonly bytes: number;
  /** Called at the first failure. */
  onFailure(): void;
}): Lanes {
  const running = new Set<Promise<void>>();
  const newest = new Map<string, Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  let held = 0;

  const run = async (before: Promise<void> | undefined, task: () => Promise<void>) => {
    await before;
    if (failure) return;
    await task().catch((error: unknown) => {
      if (failure) return;
      failure = { error };
      limits.onFailure();
    });
  };
  return {
    async begin(key, bytes, task) {
      while (running.size > 0 && (running.size >= limits.tasks || held + bytes > limits.bytes)) {
        await Promise.race(running);
      }
      held += bytes;
      const done = run(newest.get(key), task).then(() => {
        held -= bytes;
        running.delete(done);
        if (newest.get(key) === done) newest.delete(key);
      });
      running.add(done);
      newest.set(key, done);
    },
    async finish() {
      await Promise.all(running);
      if (failure) throw failure.error;
    },
  };
}
