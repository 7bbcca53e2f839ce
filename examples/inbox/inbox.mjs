// What producer and workers agree on.

/** Where the sidecar is. */
export const address = process.env.TRACKSIDE_ADDRESS ?? '127.0.0.1:7420';

/** The queue that holds all conversations' inboxes: the messages of a conversation are a group of it. */
export const queueId = 'inbox';

/** How long the sidecar may be away before whoever calls it gives up. */
export const patienceMs = 30_000;

/**
 * What a user said, as a message carries it.
 * @param {string} text
 * @returns {{ kind: { case: 'json', value: string } }}
 */
export function pack(text) {
  return { kind: { case: 'json', value: JSON.stringify({ text }) } };
}

/**
 * What a message says.
 * @param {import('@trackside/client/gen/trackside/v1/queue_service_pb.js').Message} message
 * @returns {string}
 */
export function unpack({ value }) {
  return JSON.parse(String(value?.kind.value)).text;
}
