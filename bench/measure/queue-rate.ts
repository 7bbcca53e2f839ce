import { type Call, pipelined } from '../calls.js';
import { saturate } from '../load/drive.js';
import { WireConnection } from '../load/wire.js';
import { type Cost, costOf } from '../measurement.js';
import { ackHead, ackRequest, claimRequest, pushRequest, queuePath, receiptsOf } from '../queue-messages.js';
import { type Figure, figure } from '../report.js';
import { alternate } from '../rounds.js';
import { type ServerProcess, startTrackside } from '../server-process.js';

const inFlight = 64;
const batch = 10;
const queueId = 'queue';

/** Messages that go through a queue in durable SQLite, each pushed, claimed and acknowledged. */
export async function queueRate(): Promise<Figure[]> {
  const server = await startTrackside('sqlite');
  try {
    const results = await alternate(7, {
      pipelined: await through(server, await pipelined(server.address), 1),
      batches: await through(server, await unary(server), batch),
    });
    return [
      ...figuresOf(
        'pipelined',
        results.map(({ pipelined }) => pipelined),
        { atLeast: 5_000 },
      ),
      ...figuresOf(
        'unary-of-ten',
        results.map(({ batches }) => batches),
      ),
    ];
  } finally {
    await server.stop();
  }
}

function figuresOf(way: string, costs: readonly Cost[], limit?: { readonly atLeast: number }): Figure[] {
  const of = (key: keyof Cost) => costs.map((cost) => cost[key]);
  const name = `queue-rate.${way}`;
  return [
    figure(name, 'messages/s', of('callsPerSecond'), limit),
    figure(`${name}.server-cpu`, 'µs/message', of('serverMicros')),
    figure(`${name}.generator-cpu`, 'µs/message', of('clientMicros')),
  ];
}

type QueueCall = Call<'pushMessages' | 'claimMessages' | 'ackMessages'>;

async function unary({ address }: ServerProcess): Promise<QueueCall> {
  const connections = {
    pushMessages: await WireConnection.open(address, queuePath('PushMessages')),
    claimMessages: await WireConnection.open(address, queuePath('ClaimMessages')),
    ackMessages: await WireConnection.open(address, queuePath('AckMessages')),
  };
  return (name, request) => connections[name].unary(request);
}

/** Takes messages through the queue, so many a call; what it cost is for each message. */
async function through(server: ServerProcess, call: QueueCall, count: number): Promise<() => Promise<Cost>> {
  const [push, claim, head] = [pushRequest(queueId, count), claimRequest(queueId, count), ackHead(queueId)];
  const pass = async () => {
    await call('pushMessages', push);
    const receipts = receiptsOf(await call('claimMessages', claim));
    if (receipts.length !== count) throw new Error(`${receipts.length} of ${count} messages were there`);
    await call('ackMessages', ackRequest(head, receipts));
  };
  return () =>
    costOf(server, async () => {
      const { calls, seconds } = await saturate(pass, inFlight, 2_000);
      return { calls: calls * count, seconds };
    });
}
