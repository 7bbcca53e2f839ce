import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  AckMessagesRequest,
  ClaimResultSchema,
  ExtendLeaseRequest,
  NackMessagesRequest,
} from '#gen/trackside/v1/queue_service_pb.js';
import type { Limits } from '../../config/settings.js';
import { invalid } from '../../errors.js';
import type { Receipt, SettleOutcome } from '../../storage/ports/queue.js';
import { parseReceipt } from '../../storage/receipt.js';
import { checkCount, checkKey } from '../values.js';
import type { QueueContext } from './context.js';
import { toClaimEnd } from './messages.js';
import { checkDelay, checkLease } from './spans.js';

// For calls and for frames of a consumer's stream, which `path` names. What is wrong with a request is thrown at
// once, not by the promise.

export function ack({ desk, limits }: QueueContext, request: AckMessagesRequest, path = '') {
  const receipts = checkReceipts(path, request, limits);
  return desk.settle(receipts.map((receipt) => ({ kind: 'ack', receipt }))).then(toResults);
}

export function nack({ desk, limits }: QueueContext, request: NackMessagesRequest, path = '') {
  const receipts = checkReceipts(path, request, limits);
  const delay = checkDelay(`${path}delay`, request.delay);
  return desk.settle(receipts.map((receipt) => ({ kind: 'nack', receipt, delay }))).then(toResults);
}

/** What can become of an extension. */
export type ExtendOutcome = Extract<SettleOutcome, { status: 'extended' | 'ended' }>;

export function extend(context: QueueContext, request: ExtendLeaseRequest, path = '') {
  checkKey(`${path}queue_id`, request.queueId, context.limits);
  const receipt = checkReceipt(`${path}receipt`, request.receipt);
  const lease = checkLease(`${path}lease`, request.lease, context);
  return context.desk
    .settle([{ kind: 'extend', receipt, lease }])
    .then(([outcome]) => outcome as ExtendOutcome);
}

function checkReceipts(
  path: string,
  { queueId, receipts }: { readonly queueId: string; readonly receipts: readonly string[] },
  limits: Limits,
): readonly Receipt[] {
  checkKey(`${path}queue_id`, queueId, limits);
  checkCount(`${path}receipts`, receipts.length, limits);
  return receipts.map((receipt, i) => checkReceipt(`${path}receipts[${i}]`, receipt));
}

function checkReceipt(field: string, text: string): Receipt {
  if (text === '') throw invalid(field, 'is required');
  const receipt = parseReceipt(text);
  if (!receipt) throw invalid(field, 'is not a receipt; use that of a delivery, as it is');
  return receipt;
}

function toResults(outcomes: readonly SettleOutcome[]) {
  return { results: outcomes.map(toResult) };
}

function toResult(outcome: SettleOutcome): MessageInitShape<typeof ClaimResultSchema> {
  return outcome.status === 'ended' ? { cause: toClaimEnd(outcome.ending) } : { done: true };
}
