import { type FeatureBins, type FeatureCounts, knownCounts } from './bins.ts';
import { totalOf } from './chi-square.ts';

/**
 * Wasserstein's distance of counted values that each stand at a point.
 *
 * @param points of the known bins, in ascending order
 */
export function distanceOfPoints(
  points: ArrayLike<number>,
  one: FeatureCounts,
  other: FeatureCounts,
): number {
  const gaps = cumulativeGaps(one, other);
  let distance = 0;
  for (let bin = 0; bin + 1 < gaps.length; bin++) {
    distance +=
      Math.abs(gaps[bin] as number) * ((points[bin + 1] as number) - (points[bin] as number));
  }
  return distance;
}

type NumericBins = Extract<FeatureBins, { kind: 'numeric' }>;

/**
 * Wasserstein's distance of binned numbers, straight lines between the edges; of what lies beyond
 * them the distance of the means, which is the least that it can be.
 */
export function distanceOfBins(
  bins: NumericBins,
  one: FeatureCounts,
  other: FeatureCounts,
): number {
  const { edges, lowest } = bins;
  const gaps = cumulativeGaps(one, other);
  let distance = Math.abs(belowFirst(bins, one) - belowFirst(bins, other));
  distance += Math.abs(aboveLast(bins, one) - aboveLast(bins, other));
  for (let i = lowest; i + 1 < edges.length; i++) {
    const width = (edges[i + 1] as number) - (edges[i] as number);
    distance += width * meanSize(gaps[i] as number, gaps[i + 1] as number);
  }
  return distance;
}

/** Up to the end of each known bin the share of the one less that of the other. */
function cumulativeGaps(one: FeatureCounts, other: FeatureCounts): Float64Array {
  const [p, q] = [knownCounts(one), knownCounts(other)];
  const [m, n] = [totalOf(p), totalOf(q)];
  let gap = 0;
  return p.map((count, bin) => {
    gap += count / m - (q[bin] as number) / n;
    return gap;
  });
}

/** By how much values lie below the reference's first edge, as a mean over all. */
function belowFirst({ edges, lowest }: NumericBins, { counts, ends }: FeatureCounts): number {
  const below = totalOf(counts.subarray(0, lowest + 1));
  return (
    ((edges[lowest] as number) * below - (ends[0] as number)) / totalOf(counts.subarray(0, -1))
  );
}

function aboveLast({ edges, known }: NumericBins, { counts, ends }: FeatureCounts): number {
  const above = counts[known - 1] as number;
  return ((ends[1] as number) - (edges.at(-1) as number) * above) / totalOf(counts.subarray(0, -1));
}

/** Of a line from the one value to the other, the mean of its distance from 0. */
function meanSize(from: number, to: number): number {
  const sum = Math.abs(from) + Math.abs(to);
  if (sum === 0) return 0;
  return from * to >= 0 ? sum / 2 : (from * from + to * to) / (2 * sum);
}
