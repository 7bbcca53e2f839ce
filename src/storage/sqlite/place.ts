/** More positions than a partition will ever have, so few that 512 partitions stay within 53 bits. */
const span = 2 ** 44;

/** The most partitions that places have room for. */
export const maxPartitions = 512;

/**
 * A partition's position as one number, which keys the log and its events: a partition's rows lie together, in
 * order, and a new one comes last.
 */
export function placeOf(partition: number, position: number): number {
  return partition * span + position;
}

export function positionOf(place: number): number {
  return place % span;
}
