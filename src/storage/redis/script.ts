import { hash } from 'node:crypto';

/** A Lua script, by whose digest a server that has seen it knows it. */
export class Script {
  readonly text: string;
  readonly digest: string;

  constructor(text: string) {
    this.text = text;
    this.digest = hash('sha1', text, 'hex');
  }
}

export type Argument = string | number | Uint8Array;

/** What stores need of a connection. Failures are as the ports know them. */
export interface Runner {
  /** Runs a script atomically. Its keys are in one slot. Texts are answered as such, or as the bytes that they are. */
  run(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    reply: 'text' | 'bytes',
  ): Promise<unknown>;

  /** Sends a command whose key comes first. */
  call(command: string, ...args: readonly (string | number)[]): Promise<unknown>;
}
