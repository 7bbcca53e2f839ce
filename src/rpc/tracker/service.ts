import type { TrackerService } from '#gen/trackside/v1/tracker_service_pb.js';
import type { Limits } from '../../config/settings.js';
import type { Feed } from '../../feed/feed.js';
import type { TrackerStore } from '../../storage/ports.js';
import type { Batcher } from '../../tracker/batcher.js';
import type { DomainSlots } from '../../tracker/slots.js';
import type { Handlers } from '../define.js';
import { appendEvents } from './append-events.js';
import { getConversation, listConversations } from './conversations.js';
import { deleteConversation, redactEvents, truncateConversation } from './erasures.js';
import { getTracker } from './get-tracker.js';
import { listEvents } from './list-events.js';
import { subscribeEvents } from './subscribe-events.js';

/** What the tracker's calls work with. */
export interface TrackerContext {
  readonly store: TrackerStore;
  readonly batcher: Batcher;
  readonly feed: Feed;
  readonly limits: Limits;
  /** The slots of the configured domain; empty where any slot may be set. */
  readonly slots: Partial<DomainSlots>;
  /** Says that there is erased content to remove. */
  readonly scrub: () => void;
}

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
