/** The write thread: takes requests in order and answers each behind its commit. */
import { parentPort, workerData } from 'node:worker_threads';
import { failureOf } from './errors.js';
import { openOperations } from './operations.js';
import type { Request, Response, WriterData } from './protocol.js';

const port = parentPort!;
const operations = openOperations(workerData as WriterData) as Record<
  Request['operation'],
  (...given: readonly unknown[]) => unknown
>;

function answer(request: Request): Response {
  const { id } = request;
  try {
    return { id, result: operations[request.operation](...request.arguments) };
  } catch (error) {
    return { id, failure: failureOf(error) };
  }
}

port.on('message', (request: Request) => {
  port.postMessage(answer(request));
  if (request.operation === 'close') port.close();
});
