import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Loaded into a sidecar before its own code: at SIGUSR2 it writes a line with the bytes of its heap that are in use.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

process.on('SIGUSR2', () => {
  collect();
  process.stdout.write(`${JSON.stringify({ msg: 'heap', heapBytes: process.memoryUsage().heapUsed })}\n`);
});
