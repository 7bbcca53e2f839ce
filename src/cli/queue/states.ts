import { MessageState } from '@trackside/client/gen/trackside/v1/queue_service_pb.js';

const states = {
  ready: MessageState.READY,
  delayed: MessageState.DELAYED,
  'in-flight': MessageState.IN_FLIGHT,
  parked: MessageState.PARKED,
} as const;

/** What becomes of a message, as command lines name it. */
export type StateName = keyof typeof states;

export function stateOf(name: StateName): MessageState {
  return states[name];
}
