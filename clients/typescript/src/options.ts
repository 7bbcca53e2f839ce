/** What a call may be told besides nice-grpc's options. */
export interface TimeoutOption {
  /** Gives up after so many milliseconds, with DEADLINE_EXCEEDED. Default: never. */
  readonly timeoutMs?: number;
}
