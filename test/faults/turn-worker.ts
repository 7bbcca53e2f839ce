// A bot's worker in a process of its own: takes a turn of a conversation from the inbox, reads the conversation,
// answers, and acknowledges. It tells what it does on its output, line by line.
import { setTimeout as sleep } from 'node:timers/promises';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { connect } from '@trackside/client';
import type { Delivery } from '#gen/trackside/v1/queue_service_pb.js';
import { reasonOf } from '../e2e/failure.js';

const [address, queueId] = process.argv.slice(2) as [string, string];
const { queue, tracker } = connect(address, { pipeline: false });
const owner = `${process.pid}`;

/** Makes a turn last, so that it is cut off now and then. */
const work = (maxMs: number) => sleep(Math.random() * maxMs);

console.log('ready');
for (;;) {
  const request = { queueId, owner, lease: durationFromMs(1_500), waitDuration: durationFromMs(5_000) };
  const { deliveries } = await queue.claimMessages(request);
  for (const delivery of deliveries) await takeTurn(delivery);
}

async function takeTurn({ message, receipt, fence }: Delivery): Promise<void> {
  const { groupId: conversationId, messageId: appendId } = message!;
  console.log('begun');
  const found = await tracker.getTracker({ conversationId, fence: fence!, allSessions: true });
  await work(20);
  const { value: turn } = message!.value!.kind as { value: string };
  const data = JSON.stringify({ turn: Number(turn), before: Number(found.tracker!.sequence), by: owner });
  try {
    await tracker.appendEvents({ conversationId, appendId, fence: fence!, events: [{ type: 'bot', data }] });
  } catch (error) {
    const { reason, metadata } = reasonOf(error);
    // Whoever has the turn now answers.
    if (reason === 'FENCE_STALE') return console.log('done');
    if (reason !== 'APPEND_ID_REUSED') throw error;
    console.log(`repeated ${metadata.first_sequence}`);
  }
  console.log('answered');
  await work(40);
  await queue.ackMessages({ queueId, receipts: [receipt] });
  console.log('done');
}
