/** What every call passes through. */
export interface Gate {
  /** Counts a unary call in; throws where it may not begin. */
  enter(): void;
  leave(): void;
  /** Hears of failures, for the log. */
  failed(method: string, error: unknown): void;
}

/** Does the work of a unary call, which has begun when this returns. */
export async function pass<T>(gate: Gate, method: string, work: () => Promise<T>): Promise<T> {
  gate.enter();
  try {
    return await work();
  } catch (error) {
    gate.failed(method, error);
    throw error;
  } finally {
    gate.leave();
  }
}
