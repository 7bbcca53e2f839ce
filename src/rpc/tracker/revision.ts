import { EventVerbosity, type GetTrackerRequest } from '#gen/trackside/v1/tracker_service_pb.js';
import { invalid } from '../../errors.js';
import type { Known } from '../../storage/ports/tracker.js';
import { decodeToken, encodeToken } from '../token.js';

const version = 'r1';
const kinds = ['string', 'number', 'string', 'number'] as const;

/** The name of all that a request read, bound to the request. */
export function encodeRevision(request: readonly unknown[], { epoch, place, sequence }: Known): string {
  return encodeToken(version, request, [epoch, place.position, place.check, sequence]);
}

/** Reads a revision; INVALID_REQUEST where it is malformed or of another request. */
export function decodeRevision(request: readonly unknown[], text: string): Known {
  const found = decodeToken(version, request, text, kinds);
  if (!found) {
    throw invalid(
      'known_revision',
      "is damaged or another request's; use a tracker's revision with the same conversation_id, all_sessions " +
        'and session_boundary',
    );
  }
  const [epoch, position, check, sequence] = found;
  return { epoch, place: { position, check }, sequence };
}

/** What of a request leaves out some of the events that it is about, with what makes up for it; undefined for nothing. */
export function leavesOut(request: GetTrackerRequest): readonly [field: string, fix: string] | undefined {
  const { eventVerbosity } = request;
  if (eventVerbosity !== EventVerbosity.UNSPECIFIED && eventVerbosity !== EventVerbosity.ALL) {
    return ['event_verbosity', 'ask for EVENT_VERBOSITY_ALL'];
  }
  if (request.untilTime) return ['until_time', 'leave it out'];
  if (request.maxEvents !== 0) return ['max_events', 'leave it out'];
  if (request.pageToken) return ['page_token', 'leave known_revision out, the token says where to end'];
  return undefined;
}
