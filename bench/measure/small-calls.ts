import { saturate } from '../load/drive.js';
import { FrameConnection } from '../load/frames.js';
import { WireConnection } from '../load/wire.js';
import { type Cost, costOf } from '../measurement.js';
import {
  appendRequest,
  cachePath,
  frameBody,
  getEntryRequest,
  path,
  pipelinePath,
  setEntryRequest,
  userEvent,
} from '../messages.js';
import { type Figure, figure, type Limit } from '../report.js';
import { alternate } from '../rounds.js';
import { type ServerProcess, startBare, startTrackside } from '../server-process.js';

const rounds = 9;
const inFlight = 64;
const keys = Array.from({ length: inFlight }, (_, i) => `customer-${i}`);

/** A kind of call: its way as a call of its own, its field in a frame, and its requests, for 64 keys in turn. */
interface Kind {
  readonly name: string;
  readonly path: string;
  readonly field: 'appendEvents' | 'getEntry' | 'setEntry';
  readonly requests: readonly (() => Uint8Array)[];
}

const getEntry: Kind = {
  name: 'get-entry',
  path: cachePath('GetEntry'),
  field: 'getEntry',
  requests: keys.map((key) => constantly(getEntryRequest(key))),
};
const setEntry: Kind = {
  name: 'set-entry',
  path: cachePath('SetEntry'),
  field: 'setEntry',
  requests: keys.map((key) => constantly(setEntryRequest(key))),
};
const appendEvents: Kind = {
  name: 'append',
  path: path('AppendEvents'),
  field: 'appendEvents',
  requests: keys.map((key) => appendRequest(key, [userEvent(1_024)])),
};

/** The server CPU of a pipelined call of 1 KiB on memory, as a multiple of a bare unary echo of the same messages. */
export async function pipelinedCalls(): Promise<Figure[]> {
  const limits: readonly [Kind, Limit][] = [
    [setEntry, { atMost: 0.5 }],
    [getEntry, { atMost: 0.5 }],
    [appendEvents, { atMost: 0.6 }],
  ];
  return withServers(async (trackside, echo, stream) => {
    const figures: Figure[] = [];
    for (const [kind, limit] of limits) {
      const results = await alternate(rounds, {
        ours: await framed(kind, trackside),
        echo: await unary(kind, echo),
        stream: await framed(kind, stream),
      });
      const of = (side: keyof (typeof results)[number]) => results.map((one) => one[side].serverMicros);
      const name = `pipeline.${kind.name}`;
      figures.push(
        figure(`${name}.to-bare-grpc-js`, 'x', ratios(of('ours'), of('echo')), limit),
        figure(`${name}.to-bare-stream`, 'x', ratios(of('ours'), of('stream'))),
        figure(`${name}.server-cpu`, 'µs/call', of('ours')),
        figure(`${name}.bare-grpc-js-cpu`, 'µs/call', of('echo')),
        figure(`${name}.bare-stream-cpu`, 'µs/call', of('stream')),
      );
    }
    return figures;
  });
}

/** The same of calls of their own. */
export async function cacheCalls(): Promise<Figure[]> {
  return withServers(async (trackside, echo) => {
    const figures: Figure[] = [];
    for (const kind of [setEntry, getEntry]) {
      const results = await alternate(rounds, {
        ours: await unary(kind, trackside),
        echo: await unary(kind, echo),
      });
      const of = (side: keyof (typeof results)[number]) => results.map((one) => one[side].serverMicros);
      const name = `cache.${kind.name}`;
      figures.push(
        figure(`${name}.to-bare-grpc-js`, 'x', ratios(of('ours'), of('echo')), { atMost: 1.5 }),
        figure(`${name}.server-cpu`, 'µs/call', of('ours')),
        figure(`${name}.bare-grpc-js-cpu`, 'µs/call', of('echo')),
      );
    }
    return figures;
  });
}

async function withServers(
  measure: (trackside: ServerProcess, echo: ServerProcess, stream: ServerProcess) => Promise<Figure[]>,
): Promise<Figure[]> {
  const servers = [
    await startTrackside('memory'),
    await startBare('echo-grpc-js'),
    await startBare('echo-stream'),
  ] as const;
  try {
    return await measure(...servers);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function unary({ path, requests }: Kind, server: ServerProcess): Promise<() => Promise<Cost>> {
  const connection = await WireConnection.open(server.address, path);
  let calls = 0;
  return () =>
    costOf(server, () => saturate(() => connection.unary(requests[calls++ % inFlight]!()), inFlight, 1_000));
}

async function framed({ field, requests }: Kind, server: ServerProcess): Promise<() => Promise<Cost>> {
  const connection = await FrameConnection.open(server.address, pipelinePath);
  let calls = 0;
  return () =>
    costOf(server, () =>
      saturate(() => connection.call(frameBody(field, requests[calls++ % inFlight]!())), inFlight, 1_000),
    );
}

function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((cost, i) => cost / theirs[i]!);
}

function constantly(bytes: Uint8Array): () => Uint8Array {
  return () => bytes;
}
