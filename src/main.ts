#!/usr/bin/env node
import { once } from 'node:events';
import { CommandError } from './cli/exit.js';
import { run } from './cli/program.js';
import { serveOptions } from './config/flags.js';
import type { Logger } from './telemetry/log.js';

await run(process.argv, { serve, options: serveOptions });

/** Serves until SIGTERM or SIGINT; a second one ends the process at once. */
async function serve(flags: Readonly<Record<string, unknown>>): Promise<void> {
  const loaded = await configure(flags);
  if (!loaded) return;
  const { config, notices } = loaded;
  const stop = Promise.race(['SIGTERM', 'SIGINT'].map((name) => once(process, name).then(() => name)));
  const [{ startApp }, { createLogger }] = await Promise.all([
    import('./app.js'),
    import('./telemetry/log.js'),
  ]);
  const log = createLogger(config.log);
  for (const { level, text } of notices) log[level](text);
  const app = await startApp(config, log).catch((error: Error) => {
    throw new CommandError(error.message);
  });
  announce(log, app);
  const signal = await stop;
  for (const name of ['SIGTERM', 'SIGINT']) process.once(name, () => process.exit(1));
  log.info({ signal }, 'stopping');
  await app.close();
  log.info('stopped');
  // A client that keeps its connection open must not keep the process.
  process.exit(0);
}

/** The configuration, and how it came about; undefined where it was only to be printed. */
async function configure(flags: Readonly<Record<string, unknown>>) {
  if (flags.printSchema) {
    const { jsonSchema } = await import('./config/schema.js');
    console.log(JSON.stringify(jsonSchema(), undefined, 2));
    return undefined;
  }
  const [{ ConfigError, loadConfig }, { schemes }] = await Promise.all([
    import('./config/load.js'),
    import('./storage/registry.js'),
  ]);
  const loaded = await loadConfig({ flags, env: process.env, schemes }).catch((error: unknown) => {
    throw error instanceof ConfigError ? new CommandError(error.message, 2) : error;
  });
  if (flags.printConfig) {
    const { printConfig } = await import('./config/print.js');
    process.stdout.write(printConfig(loaded.origins));
    for (const { text } of loaded.notices) console.error(`trackside: ${text}`);
    return undefined;
  }
  return loaded;
}

function announce(
  log: Logger,
  { addresses, stores }: Awaited<ReturnType<typeof import('./app.js').startApp>>,
): void {
  const kept = stores.map(
    ({ services, engine, location, durability }) =>
      `${services.join(', ')} in ${engine} at ${location} (${durability})`,
  );
  const [first = ''] = addresses;
  const option = first === '127.0.0.1:7420' ? '' : ` --address ${first}`;
  log.info(
    { addresses, stores },
    `serving on ${addresses.join(' and ')}; keeping ${kept.join(' and ')}; ` +
      `try "npx trackside append FILE${option}" and "npx trackside tail${option}"`,
  );
  for (const { engine, location, warnings = [] } of stores) {
    for (const warning of warnings) log.warn({ engine, location }, warning);
  }
}
