import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './processes.mjs';

/** Starts a sidecar that is gone with this process, with all that it keeps. Its address. */
export function startSidecar() {
  const folder = mkdtempSync(join(tmpdir(), 'trackside-inbox-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const address = `unix:${join(folder, 'trackside.sock')}`;
  const storage = `sqlite:${join(folder, 'trackside.db')}`;
  const settings = ['--listen', address, '--storage', storage, '--log-level', 'warn'];
  start('../../dist/main.js', ['serve', ...settings]);
  return address;
}
