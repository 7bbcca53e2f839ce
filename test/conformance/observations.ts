/** What tests record of a system from outside, whether through the ports or over gRPC. */

export interface SentEvent {
  readonly type: string;
  readonly name: string;
  readonly data: string;
  readonly metadata: string;
}

/** An event as a reader or subscriber was shown it. */
export interface SeenEvent extends SentEvent {
  readonly conversationId: string;
  readonly sequence: number;
  readonly partition: number;
  readonly position: number;
  readonly appendId: string;
}

/** Where an acknowledged append said that its events are. */
export interface Placed {
  readonly partition: number;
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/** One try of an append: `result` where it was acknowledged, undefined where refused or without an answer. */
export interface Attempt {
  readonly conversationId: string;
  readonly appendId: string;
  readonly events: readonly SentEvent[];
  readonly expected?: number | undefined;
  readonly fence?: number | undefined;
  readonly result: Placed | undefined;
  /** Whether the answer was that of an earlier try. */
  readonly repeated?: boolean;
}

/** Sequences of a conversation that were erased. */
export interface Erased {
  readonly conversationId: string;
  readonly ranges: readonly { readonly first: number; readonly last: number }[];
}

/** Whether an erasure names an event. */
export function isErased(
  erased: readonly Erased[],
  event: Pick<SeenEvent, 'conversationId' | 'sequence'>,
): boolean {
  return erased.some(
    ({ conversationId, ranges }) =>
      conversationId === event.conversationId &&
      ranges.some(({ first, last }) => first <= event.sequence && event.sequence <= last),
  );
}

/** Where an event is, for people. */
export function nameOf(event: SeenEvent): string {
  return `${event.conversationId}#${event.sequence} at ${event.partition}/${event.position}`;
}
