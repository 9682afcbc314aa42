import type { SnapshotIndex } from './snapshot.ts';

/** Databases withdraw records one by one: with half of them gone, the archive is not whole. */
const LEAST_SHARE = 0.5;

/** Why `next` must not take the place of `current`; undefined when it may. */
export function refusal(
  current: SnapshotIndex | undefined,
  next: SnapshotIndex,
): string | undefined {
  if (next.counts.advisories === 0) {
    return `it holds no advisories among ${next.counts.records} records`;
  }
  if (current === undefined) return undefined;
  if (next.takenAt <= current.takenAt) {
    return `it was taken at ${next.takenAt}, which is not after the one in use, ${current.takenAt}`;
  }
  const [got, had] = [next.counts.records, current.counts.records];
  return got < had * LEAST_SHARE
    ? `it has ${got} records, expected at least half of the ${had} that the one in use has`
    : undefined;
}
