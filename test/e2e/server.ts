import { join } from 'node:path';
import { type Sidecar, startSidecar, temporaryFolder } from './sidecar.js';

/** A sidecar that can be ended and started again: same address, same store. `cleanUp` of sidecar.ts removes its data. */
export interface ServerProcess {
  readonly address: string;
  start(): Promise<void>;
  /** Ends it with -9. */
  kill(): Promise<void>;
  /** Asks it to stop. */
  stop(): Promise<void>;
}

/** Starts a sidecar on a socket in a folder of its own. */
export async function startServer(engine: 'sqlite' | 'memory' = 'sqlite'): Promise<ServerProcess> {
  const folder = await temporaryFolder();
  const listen = `unix:${join(folder, 's.sock')}`;
  const storage = engine === 'memory' ? 'memory:' : `sqlite:${join(folder, 'trackside.db')}`;
  let sidecar: Sidecar = await startSidecar({ listen, storage });
  const end = async (signal: NodeJS.Signals) => {
    await sidecar.end(signal);
  };
  return {
    address: listen,
    async start() {
      sidecar = await startSidecar({ listen, storage });
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}
