import { create } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { type PopMessageResponse, PopMessageResponseSchema } from '#gen/trackside/v1/queue_service_pb.js';
import type { Value } from '#gen/trackside/v1/value_pb.js';

export const messageId = 'A'.repeat(22);

type Answer = (response: PopMessageResponse) => void;

/** Who waits for a message, by queue: one at a time. A message that comes before whoever asks for it is kept. */
export class Waiting {
  readonly #answers = new Map<string, Answer>();
  readonly #messages = new Map<string, Value[]>();

  add(queueId: string, answer: Answer): void {
    const value = this.#messages.get(queueId)?.shift();
    if (value) hand(value, answer);
    else this.#answers.set(queueId, answer);
  }

  pass(queueId: string, value: Value): void {
    const answer = this.#answers.get(queueId);
    this.#answers.delete(queueId);
    if (answer) hand(value, answer);
    else this.#messages.set(queueId, [...(this.#messages.get(queueId) ?? []), value]);
  }
}

function hand(value: Value, answer: Answer): void {
  const message = { messageId, value, pushTime: timestampNow(), attempts: 1 };
  answer(create(PopMessageResponseSchema, { message }));
}
