import { binOf } from '#domain/gates/performance/distribution.ts';
import type { Proportion } from '#domain/gates/performance/proportion-gap.ts';
import type { Distribution } from '#domain/gates/performance/reference-profile.ts';
import { totalOf } from './chi-square.ts';

/** Where a feature's values are counted: `known` bins, and missing values after them. */
export type FeatureBins =
  | {
      readonly kind: 'numeric';
      readonly known: number;
      readonly edges: readonly number[];
      /** The last bin of the lower end. */
      readonly lowest: 0 | 1;
    }
  | {
      readonly kind: 'categorical';
      readonly known: number;
      readonly places: ReadonlyMap<string, number>;
      /** Where a category goes that the reference does not name. */
      readonly unnamed: number;
    }
  /** The reference has nothing but missing values. */
  | { readonly kind: 'empty'; readonly known: 1 };

export interface FeatureCounts {
  /** Of each bin, the last of missing values. */
  readonly counts: Float64Array;
  /** Sums of the values up to the reference's first edge, and of those above its last. */
  readonly ends: Float64Array;
}

/**
 * The bins of the reference profile. Where its first bin holds a single value, what lies below is
 * counted apart, so that a constant is seen to fall. Categories are followed by `__OTHER__` and
 * `__NEW__`: a category without a name is new only where the reference names all of its own.
 */
export function binsOf(reference: Distribution): FeatureBins {
  switch (reference.kind) {
    case 'numeric': {
      const below = hasBelow(reference);
      const edges = below ? [nextBelow(reference.min), ...reference.edges] : reference.edges;
      return { kind: 'numeric', known: edges.length + 1, edges, lowest: below ? 1 : 0 };
    }
    case 'categorical': {
      const named = reference.categories.length;
      const places = new Map(reference.categories.map(({ value }, place) => [value, place]));
      const unnamed = reference.other > 0 ? named : named + 1;
      return { kind: 'categorical', known: named + 2, places, unnamed };
    }
    case 'empty':
      return { kind: 'empty', known: 1 };
  }
}

/** The reference's own counts, in its bins. */
export function referenceCounts(reference: Distribution): FeatureCounts {
  switch (reference.kind) {
    case 'numeric': {
      const counts = [...(hasBelow(reference) ? [0] : []), ...reference.counts, reference.missing];
      return {
        counts: Float64Array.from(counts),
        ends: Float64Array.from(reference.endSums),
      };
    }
    case 'categorical': {
      const named = reference.categories.map(({ count }) => count);
      return withoutEnds([...named, reference.other, 0, reference.missing]);
    }
    case 'empty':
      return withoutEnds([0, reference.missing]);
  }
}

export const noCounts = ({ known }: FeatureBins): FeatureCounts => ({
  counts: new Float64Array(known + 1),
  ends: new Float64Array(2),
});

/** Counts a number, NaN as missing. */
export function countNumber(
  bins: FeatureBins,
  { counts, ends }: FeatureCounts,
  value: number,
): void {
  const bin = placeOfNumber(bins, value);
  bump(counts, bin);
  if (bins.kind !== 'numeric') return;
  if (bin <= bins.lowest) ends[0] = saturated((ends[0] as number) + value);
  if (bin === bins.known - 1) ends[1] = saturated((ends[1] as number) + value);
}

/** Counts a text, the empty one as missing. */
export function countCategory(bins: FeatureBins, { counts }: FeatureCounts, value: string): void {
  bump(counts, placeOfCategory(bins, value));
}

/** The bin of a number, that of missing values of NaN. */
export function placeOfNumber(bins: FeatureBins, value: number): number {
  if (Number.isNaN(value)) return bins.known;
  return bins.kind === 'numeric' ? binOf(bins.edges, value) : placeOfCategory(bins, String(value));
}

function placeOfCategory(bins: FeatureBins, value: string): number {
  if (value === '') return bins.known;
  return bins.kind === 'categorical' ? (bins.places.get(value) ?? bins.unnamed) : 0;
}

/** Both together, in any order and grouping, but for the last digit of the sums. */
export function mergeCounts(one: FeatureCounts, other: FeatureCounts): FeatureCounts {
  if (one.counts.length !== other.counts.length) {
    throw new RangeError(
      `got ${one.counts.length} and ${other.counts.length} bins; expected counts of the same reference`,
    );
  }
  return {
    counts: one.counts.map((count, bin) => count + (other.counts[bin] as number)),
    ends: one.ends.map((sum, end) => saturated(sum + (other.ends[end] as number))),
  };
}

/** The counts of values that are not missing. */
export const knownCounts = ({ counts }: FeatureCounts): Float64Array => counts.subarray(0, -1);

/** The missing values among all. */
export const missingOf = ({ counts }: FeatureCounts): Proportion => ({
  hits: counts.at(-1) ?? 0,
  of: totalOf(counts),
});

const bump = (counts: Float64Array, bin: number): void => {
  counts[bin] = (counts[bin] as number) + 1;
};

const withoutEnds = (counts: readonly number[]): FeatureCounts => ({
  counts: Float64Array.from(counts),
  ends: new Float64Array(2),
});

const hasBelow = ({ edges, min }: { readonly edges: readonly number[]; readonly min: number }) =>
  edges[0] === min;

/** Sums beyond a double stop at its end, as in the reference profile. */
export const saturated = (sum: number): number =>
  Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, sum));

/** The greatest double below a finite one. */
function nextBelow(value: number): number {
  if (value === 0) return -Number.MIN_VALUE;
  const cell = Float64Array.of(value);
  const bits = new BigInt64Array(cell.buffer);
  bits[0] = (bits[0] as bigint) + (value > 0 ? -1n : 1n);
  return cell[0] as number;
}
