/** Microseconds since the epoch. */
export type Micros = number;

/** JSON text, kept to the letter, or bytes. */
export type Value = string | Uint8Array;

/** Names a write, so that a repeat gets the first result. */
export interface RequestMark {
  readonly id: string;
  /** Tells two writes under one id apart. */
  readonly digest: string;
}

/** What can become of a write that bears an id. */
export type OnceOutcome<Result> =
  | { readonly status: 'done'; readonly result: Result }
  /** A write of that id, with the same digest, was applied before. */
  | { readonly status: 'repeated'; readonly result: Result }
  /** A write of that id, with another digest, was applied before. */
  | { readonly status: 'request_id_reused' };
