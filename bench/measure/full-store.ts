import { type Call, pipelined } from '../calls.js';
import { repeat } from '../load/drive.js';
import { acquiredFence, acquireRequest, releaseRequest } from '../lock-messages.js';
import { costOf } from '../measurement.js';
import { ackHead, ackRequest, claimRequest, pushRequest, receiptsOf } from '../queue-messages.js';
import { type Figure, figure } from '../report.js';
import { alternate } from '../rounds.js';
import { type ServerProcess, startTrackside } from '../server-process.js';

const rounds = 9;
const inFlight = 16;
/** How often each operation is carried out in a round. */
const times = 5_000;
const queueId = 'queue';

/** What an operation costs the server, in microseconds. */
interface Costs {
  readonly push: number;
  readonly 'claim-and-ack': number;
  readonly 'acquire-and-release': number;
}

/** What queues and locks cost a server in a full store, as a multiple of an empty one; pipelined. */
export async function fullStore(engine: 'memory' | 'sqlite'): Promise<Figure[]> {
  const [full, empty] = [await startTrackside(engine), await startTrackside(engine)];
  try {
    await fill(full);
    const results = await alternate(rounds, { full: await operations(full), empty: await operations(empty) });
    return (['push', 'claim-and-ack', 'acquire-and-release'] as const).flatMap((operation) => {
      const of = (side: keyof (typeof results)[number]) => results.map((one) => one[side][operation]);
      const ratios = results.map(({ full, empty }) => full[operation] / empty[operation]);
      const name = `full-store-${engine}.${operation}`;
      return [
        figure(`${name}.to-empty`, 'x', ratios, { atMost: 1.2 }),
        figure(`${name}.server-cpu`, 'µs', of('full')),
        figure(`${name}.empty-cpu`, 'µs', of('empty')),
      ];
    });
  } finally {
    await Promise.all([full.stop(), empty.stop()]);
  }
}

/** Pushes 100,000 messages to the queue and ten to each of 10,000 others, and takes 10,000 locks. */
async function fill({ address }: ServerProcess): Promise<void> {
  const call = await pipelined(address);
  let count = 0;
  await repeat(() => call('pushMessages', pushRequest(queueId, 50)), inFlight, 2_000);
  await repeat(() => call('pushMessages', pushRequest(`queue-${count++}`, 10)), inFlight, 10_000);
  await repeat(() => call('acquireLock', acquireRequest(`lock-${count++}`)), inFlight, 10_000);
}

/** Pushes messages to the queue, claims and acknowledges as many, and takes and lets go a lock as often. */
async function operations(server: ServerProcess): Promise<() => Promise<Costs>> {
  const call = await pipelined(server.address);
  const cost = async (operation: () => Promise<unknown>) =>
    (await costOf(server, () => repeat(operation, inFlight, times))).serverMicros;
  const [push, claimAndAck, acquireAndRelease] = [pushing(call), claiming(call), locking(call)];
  return async () => ({
    push: await cost(push),
    'claim-and-ack': await cost(claimAndAck),
    'acquire-and-release': await cost(acquireAndRelease),
  });
}

function pushing(call: Call) {
  const push = pushRequest(queueId);
  return () => call('pushMessages', push);
}

function claiming(call: Call) {
  const [claim, head] = [claimRequest(queueId), ackHead(queueId)];
  return async () => {
    const receipts = receiptsOf(await call('claimMessages', claim));
    await call('ackMessages', ackRequest(head, receipts));
  };
}

/** Nobody else takes the same lock meanwhile. */
function locking(call: Call) {
  let count = 0;
  return async () => {
    const lockId = `customer-${count++ % (2 * inFlight)}`;
    const fence = acquiredFence(await call('acquireLock', acquireRequest(lockId)));
    await call('releaseLock', releaseRequest(lockId, fence));
  };
}
