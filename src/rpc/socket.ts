import { lstat, unlink } from 'node:fs/promises';
import { createConnection } from 'node:net';

/** Removes a socket file that nobody listens on any more; refuses a path that is in use or isn't a socket. */
export async function claimSocket(path: string): Promise<void> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!stats) return;
  if (!stats.isSocket())
    throw new Error(`${path} exists and is not a socket; remove it or choose another path`);
  if (await isListening(path)) throw new Error(`${path} is in use: another process listens on it`);
  await unlink(path);
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve(false);
      // Somebody listens, but takes no more for now.
      else if (error.code === 'EAGAIN') resolve(true);
      else reject(error);
    });
  });
}
