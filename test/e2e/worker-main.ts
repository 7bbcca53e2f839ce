// A client in a process of its own, that can be stopped and killed. See worker.ts.
import { createInterface } from 'node:readline';
import { type DescMethod, fromJson, type JsonValue, type Message, toJson } from '@bufbuild/protobuf';
import { connect } from '@trackside/client';
import { LockService } from '#gen/trackside/v1/lock_service_pb.js';
import { TrackerService } from '#gen/trackside/v1/tracker_service_pb.js';
import { reasonOf } from './failure.js';
import { holdsBy, type Way } from './holds.js';
import type { Asked } from './worker.js';

const [, , address, way] = process.argv;
const { tracker, lock } = connect(address!, { pipeline: false });
const holds = await holdsBy(way as Way, address!);
const holdLock = holds.holdLock.bind(holds);
const methods: Readonly<Record<Asked['call'], DescMethod>> = {
  ...LockService.method,
  ...TrackerService.method,
};
const clients = { ...lock, ...tracker, holdLock } as unknown as Readonly<Record<string, Client>>;

type Client = (request: Message) => Promise<Message> | AsyncIterable<Message & { item: { case: string } }>;

for await (const line of createInterface(process.stdin)) {
  const { call, request } = JSON.parse(line) as Asked;
  const answer = await perform(call, request).catch((error) => ({ failure: reasonOf(error) }));
  console.log(JSON.stringify(answer));
}

/** Carries out a call; of a stream's items it tells the first that isn't about a place in line. */
async function perform(call: Asked['call'], request: JsonValue): Promise<{ response: JsonValue }> {
  const { input, output } = methods[call];
  const called = clients[call]!(fromJson(input, request));
  if (!(Symbol.asyncIterator in called)) return { response: toJson(output, await called) };
  const items = called[Symbol.asyncIterator]();
  let { value } = await items.next();
  while (value?.item.case === 'queued') ({ value } = await items.next());
  return { response: toJson(output, value!) };
}
