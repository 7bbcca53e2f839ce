import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import {
  AcquireLockRequestSchema,
  AcquireLockResponseSchema,
  HoldLockRequestSchema,
  HoldLockResponseSchema,
  LockService,
  ReleaseLockRequestSchema,
} from '#gen/trackside/v1/lock_service_pb.js';

const hourMs = 3_600_000;

/** The path of a method of the LockService. */
export function lockPath(method: 'AcquireLock' | 'HoldLock' | 'ReleaseLock'): string {
  return `/${LockService.typeName}/${method}`;
}

/** Asks for a lock, waiting for it up to an hour, and for a holding of a day. */
export function acquireRequest(lockId: string): Uint8Array {
  const [waitDuration, lifetime] = [durationFromMs(hourMs), durationFromMs(24 * hourMs)];
  return toBinary(
    AcquireLockRequestSchema,
    create(AcquireLockRequestSchema, { lockId, waitDuration, lifetime }),
  );
}

/** Asks to hold a lock while the stream is open. */
export function holdRequest(lockId: string): Uint8Array {
  return toBinary(HoldLockRequestSchema, create(HoldLockRequestSchema, { lockId }));
}

export function releaseRequest(lockId: string, fence: bigint): Uint8Array {
  return toBinary(ReleaseLockRequestSchema, create(ReleaseLockRequestSchema, { lockId, fence }));
}

/** The fence of the grant that AcquireLock answers with. */
export function acquiredFence(response: Uint8Array): bigint {
  return fromBinary(AcquireLockResponseSchema, response).grant!.fence;
}

/** The fence of the grant that an item of HoldLock tells; undefined where it tells something else. */
export function heldFence(item: Uint8Array): bigint | undefined {
  const { item: told } = fromBinary(HoldLockResponseSchema, item);
  return told.case === 'granted' ? told.value.fence : undefined;
}
