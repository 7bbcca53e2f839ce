/** What every call passes through. */
export interface Gate {
  /** Counts a unary call in; throws where it may not begin. */
  enter(): void;
  leave(): void;
  /** Hears of failures, for the log. */
  failed(method: string, error: unknown): void;
}
