import { hashParts } from '../storage/check.js';
import type { NewErasure, NewEvent } from '../storage/ports/tracker.js';

/** 128 bits of SHA-256, as base64url. */
const digestLength = 22;

/** Tells appends under one id apart: by their events alone, not by fence or expectation. */
export function digestEvents(events: readonly NewEvent[]): string {
  const parts: string[] = [];
  for (const { type, name, eventTime, data, metadata } of events) {
    parts.push(type, name, eventTime === undefined ? '' : `${eventTime}`, data, metadata);
  }
  return hashParts(parts).slice(0, digestLength);
}

/** Tells erasures under one id apart. */
export function digestErasure(kind: NewErasure['kind'], ...named: readonly number[]): string {
  return hashParts([kind, ...named.map(String)]).slice(0, digestLength);
}
