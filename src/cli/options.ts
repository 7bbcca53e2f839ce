/** What all commands are told. */
export interface CommonOptions {
  readonly address: string;
  /** Print one JSON object a line. */
  readonly json?: boolean;
}

/** What to clear, as a command line names it. */
export interface ClearOptions extends CommonOptions {
  readonly all?: boolean;
}
