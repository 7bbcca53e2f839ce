import type { Receipt } from './ports/queue.js';

const form = /^([A-Za-z0-9_-]{22})\.([0-9a-z]{1,2})\.([0-9a-z]{1,11})$/;

/** A receipt's text: `MESSAGE_ID.PARTITION.CLAIM`, the numbers in base 36. */
export function formatReceipt({ messageId, partition, claim }: Receipt): string {
  return `${messageId}.${partition.toString(36)}.${claim.toString(36)}`;
}

/** Undefined where the text is no receipt's. */
export function parseReceipt(text: string): Receipt | undefined {
  const [, messageId, partition, claim] = form.exec(text) ?? [];
  if (messageId === undefined) return undefined;
  return { messageId, partition: Number.parseInt(partition!, 36), claim: Number.parseInt(claim!, 36) };
}
