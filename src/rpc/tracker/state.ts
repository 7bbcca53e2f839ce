import type { MessageInitShape } from '@bufbuild/protobuf';
import type { TrackerStateSchema } from '#gen/trackside/v1/tracker_service_pb.js';
import type { TrackerState } from '../../tracker/fold.js';
import { toTimestamp } from '../codec.js';

type StateInit = MessageInitShape<typeof TrackerStateSchema>;

/** The derived state as a message. */
export function toState(state: TrackerState): StateInit {
  return {
    slots: Object.fromEntries(state.slots),
    latestMessage: state.latestMessage,
    paused: state.paused,
    ...(state.latestEventTime === undefined ? {} : { latestEventTime: toTimestamp(state.latestEventTime) }),
    ...(state.followupAction === undefined ? {} : { followupAction: state.followupAction }),
    ...(state.activeLoop === undefined ? {} : { activeLoop: state.activeLoop }),
    ...(state.latestAction === undefined ? {} : { latestAction: { action: toAction(state.latestAction) } }),
    ...(state.latestInputChannel === undefined ? {} : { latestInputChannel: state.latestInputChannel }),
  };
}

function toAction(latest: NonNullable<TrackerState['latestAction']>) {
  return 'actionName' in latest
    ? ({ case: 'actionName', value: latest.actionName } as const)
    : ({ case: 'actionText', value: latest.actionText } as const);
}

/** A fair upper bound of the state's size on the wire. */
export function stateBytes(state: TrackerState): number {
  const texts = [state.latestMessage, state.activeLoop?.triggerMessage ?? ''];
  for (const [name, value] of state.slots) texts.push(name, value);
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 16, 4_096);
}
