import { pythonFor } from '../clients/pythons.js';
import { isInstalled } from '../servers/servers.js';

/** Where Rasa runs without TensorFlow, the preferred one first. */
const minors = [11, 10];

/** A Python that Rasa runs on. */
export function rasaPython(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return pythonFor({ minors }, env);
}

/** A line for what the tests of Rasa's stores lack, if anything. */
export function rasaLeftOut(env: NodeJS.ProcessEnv = process.env): string[] {
  const lacking = [
    ...(rasaPython(env) ? [] : ['no Python 3.10 or 3.11 with venv found; TRACKSIDE_TEST_PYTHON=…']),
    ...(isInstalled('redis-server', env) ? [] : ['no redis-server found; test/servers/redis.sh install']),
  ];
  return lacking.length === 0 ? [] : [`left out: Rasa's stores (${lacking.join('; ')})`];
}
