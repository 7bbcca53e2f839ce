/**
 * The partition of a conversation, and of the lock, the message group and whatever else bears its name:
 * FNV-1a over its UTF-8, with murmur3's finalizer. Stored data rests on it, so it never changes.
 */
export function partitionOf(name: string, partitions: number): number {
  if (partitions === 1) return 0;
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % partitions;
}
