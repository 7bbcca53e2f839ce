import type { Command } from 'commander';

/** The command that serves, as the process's entry provides it. */
export interface Serving {
  /** Serves until the process is told to stop. Gets the flags as commander read them, by camel-case name. */
  serve(flags: Readonly<Record<string, unknown>>): Promise<void>;
  readonly options: readonly { readonly flags: string; readonly description: string }[];
}

export function addServe(program: Command, serving: Serving): void {
  const command = program
    .command('serve', { isDefault: true })
    .description('serve the store over gRPC (what runs without a command)')
    .allowExcessArguments()
    .action(async (flags: Readonly<Record<string, unknown>>) => {
      const [unknown] = command.args;
      if (unknown !== undefined) command.error(`error: unknown command '${unknown}'`);
      await serving.serve(flags);
    });
  for (const { flags, description } of serving.options) command.option(flags, description);
}
