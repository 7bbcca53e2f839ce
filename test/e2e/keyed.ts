import { clientOf } from '@trackside/client';
import { CacheService } from '#gen/trackside/v1/cache_service_pb.js';
import { RecordService } from '#gen/trackside/v1/record_service_pb.js';
import { type SidecarOptions, startSidecar } from './sidecar.js';

/** A sidecar with clients of its cache and its records. */
export async function startKeyed(options: SidecarOptions = {}) {
  const sidecar = await startSidecar(options);
  const { channel } = sidecar.connection;
  return { sidecar, cache: clientOf(CacheService, channel), record: clientOf(RecordService, channel) };
}

/** A JSON value as a message. */
export function json(text: string) {
  return { kind: { case: 'json' as const, value: text } };
}

/** Bytes as a message. */
export function bytes(...values: number[]) {
  return { kind: { case: 'bytes' as const, value: new Uint8Array(values) } };
}
