import type { TrackerService } from '#gen/trackside/v1/tracker_service_pb.js';
import type { Handlers } from '../define.js';
import { appendEvents } from './append-events.js';
import type { TrackerContext } from './context.js';
import { getConversation, listConversations } from './conversations.js';
import { deleteConversation, redactEvents, truncateConversation } from './erasures.js';
import { getTracker } from './get-tracker.js';
import { listEvents } from './list-events.js';
import { subscribeEvents } from './subscribe-events.js';

/** The handlers of TrackerService. */
export function trackerHandlers(context: TrackerContext): Handlers<typeof TrackerService> {
  return {
    appendEvents: appendEvents(context),
    getTracker: getTracker(context),
    listEvents: listEvents(context),
    listConversations: listConversations(context),
    getConversation: getConversation(context),
    deleteConversation: deleteConversation(context),
    redactEvents: redactEvents(context),
    truncateConversation: truncateConversation(context),
    subscribeEvents: subscribeEvents(context),
  };
}
