import * as z from 'zod/mini';
import { Hash64 } from '#domain/gates/dataset/hash.ts';

/** Levels of a sample: one of 2^32 units is the least. */
const DEEPEST = 32;
/** The lower bits of a hash; those above are a `HashRange`'s. */
export const LOW_BITS = 2 ** 16;

/**
 * Who was seen, by hashes of 48 bits: of all units, those whose hash begins with `level` zeros, each
 * once. Whoever gathered it narrowed it as it grew (Wegman's adaptive sampling, Flajolet 1990), so
 * that samples of several processes have the narrowest of them in common.
 */
export const Sample = z.strictObject({
  level: z.int().check(z.minimum(0), z.maximum(DEEPEST)),
  /** Ascending, 8 characters each. */
  hashes: z.string().check(z.regex(/^(?:[-0-9A-Z_a-z]{8})*$/)),
});
export type Sample = z.infer<typeof Sample>;

export const NO_SAMPLE: Sample = { level: 0, hashes: '' };

/** Base 64 whose digits sort as they count, so that sorted texts are sorted numbers. */
const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const WIDTH = 8;
const VALUES = new Map([...DIGITS].map((digit, value) => [digit.charCodeAt(0), value]));

/** What units are hashed for: samples of one purpose tell nothing of those of another. */
const PURPOSES = { assigned: 1, exposed: 2, failed: 3 } as const;
export type Purpose = keyof typeof PURPOSES;

/** 48 bits, the same in every process. @param slice of time, where a unit counts in each */
export function unitHash(purpose: Purpose, trial: string, unit: string, slice = 0): number {
  const hash = new Hash64(PURPOSES[purpose]);
  hash.start();
  hash.text(trial);
  hash.text(unit);
  hash.number(slice);
  hash.finish();
  return hash.high * LOW_BITS + (hash.low >>> 16);
}

/** The deepest level at which a sample still holds the hash. */
export const rankOf = (hash: number): number => Math.clz32(Math.floor(hash / LOW_BITS));

export const sampleOf = (level: number, hashes: Iterable<number>): Sample => ({
  level,
  hashes: [...new Set([...hashes].filter((hash) => rankOf(hash) >= level).map(textOf))]
    .sort()
    .join(''),
});

/** Ascending. */
export function hashesOf({ hashes }: Sample): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < hashes.length; at += WIDTH) {
    let number = 0;
    for (let i = at; i < at + WIDTH; i++) {
      number = number * DIGITS.length + (VALUES.get(hashes.charCodeAt(i)) ?? 0);
    }
    numbers.push(number);
  }
  return numbers;
}

/** Both together, at the narrower level: in any order, and however often, the same. */
export function united(one: Sample, other: Sample): Sample {
  if (one.hashes === other.hashes && one.level === other.level) return one;
  const level = Math.max(one.level, other.level);
  return sampleOf(level, [...hashesOf(one), ...hashesOf(other)]);
}

/** The least level, from `level` on, that holds no more than `max` of the hashes. */
export function levelFor(hashes: ReadonlySet<number>, max: number, level = 0): number {
  let found = level;
  const sizes = countsByRank(hashes);
  const held = () => sizes.slice(found).reduce((sum, size) => sum + size, 0);
  while (found < DEEPEST && held() > max) found++;
  return found;
}

/** How many hashes have each rank: all that a later look has to know of them. */
export function countsByRank(hashes: Iterable<number>): number[] {
  const counts: number[] = [];
  for (const hash of hashes) {
    const rank = rankOf(hash);
    while (counts.length <= rank) counts.push(0);
    counts[rank] = (counts[rank] ?? 0) + 1;
  }
  return counts;
}

/** Units of at least this level that were not counted before; what is narrower is not known now. */
export const newAt = (
  level: number,
  now: readonly number[],
  before: readonly number[] = [],
): number =>
  now.reduce(
    (sum, count, rank) => (rank < level ? sum : sum + Math.max(0, count - (before[rank] ?? 0))),
    0,
  );

/** The greater of each: a unit once counted stays so. */
export const mostOf = (one: readonly number[], other: readonly number[] = []): readonly number[] =>
  Array.from({ length: Math.max(one.length, other.length) }, (_, rank) =>
    Math.max(one[rank] ?? 0, other[rank] ?? 0),
  );

function textOf(hash: number): string {
  let text = '';
  for (let left = hash, i = 0; i < WIDTH; i++) {
    text = (DIGITS[left % DIGITS.length] ?? '') + text;
    left = Math.floor(left / DIGITS.length);
  }
  return text;
}
