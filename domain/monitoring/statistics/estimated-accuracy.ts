import { binOf } from '#domain/gates/performance/distribution.ts';
import type { ScoreProfile } from '#domain/gates/performance/reference-profile.ts';
import { totalOf } from './chi-square.ts';

/** Scores of a window over the bins of the reference: how many, and their sum. */
export interface ScoreCounts {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
}

export const noScores = ({ counts }: ScoreProfile): ScoreCounts => ({
  counts: new Float64Array(counts.length),
  sums: new Float64Array(counts.length),
});

export function countScore({ edges }: ScoreProfile, scores: ScoreCounts, score: number): void {
  const bin = binOf(edges, score);
  scores.counts[bin] = (scores.counts[bin] as number) + 1;
  scores.sums[bin] = (scores.sums[bin] as number) + score;
}

export interface EstimatedAccuracy {
  readonly accuracy: number;
  /** Of the reference, estimated in the same way. */
  readonly reference: number;
  /** Of the difference of the two. */
  readonly standardError: number;
}

/**
 * Accuracy without labels, from how often each score came true in the reference (confidence-based
 * performance estimation). It holds while scores mean what they meant: it sees that inputs became
 * harder, never that the concept changed. Of two classes a bin answers the class its mean score
 * favours.
 *
 * @throws RangeError when the window has no scores, or those of another reference
 */
export function estimateAccuracy(
  profile: ScoreProfile,
  current: ScoreCounts,
  overdispersion = 1,
): EstimatedAccuracy {
  const [m, n] = [totalOf(profile.counts), totalOf(current.counts)];
  if (current.counts.length !== profile.counts.length || !(n > 0 && m > 0)) {
    throw new RangeError(
      `got ${n} scores in ${current.counts.length} bins; expected some in the ${profile.counts.length} of the reference`,
    );
  }
  let [accuracy, reference, variance] = [0, 0, 0];
  for (let bin = 0; bin < profile.counts.length; bin++) {
    const was = calibrated(profile, bin, undefined);
    const is = calibrated(profile, bin, current);
    const [before, now] = [
      (profile.counts[bin] as number) / m,
      (current.counts[bin] as number) / n,
    ];
    accuracy += now * is;
    reference += before * was;
    // The same calibration errs in both; what remains is how much the shares differ.
    const known = Math.max(1, profile.counts[bin] as number);
    variance += ((now - before) ** 2 * was * (1 - was)) / known;
    variance += is * is * ((overdispersion * now) / n + before / m);
  }
  variance -= (overdispersion * accuracy * accuracy) / n + (reference * reference) / m;
  return { accuracy, reference, standardError: Math.sqrt(Math.max(0, variance)) };
}

/** How often an answer of this bin is right; scores that moved within it move the rate with them. */
function calibrated(
  { of, counts, sums, hits }: ScoreProfile,
  bin: number,
  current: ScoreCounts | undefined,
): number {
  const known = counts[bin] as number;
  const [now, sum] = [current?.counts[bin] ?? 0, current?.sums[bin] ?? 0];
  const meanBefore = known > 0 ? (sums[bin] as number) / known : now > 0 ? sum / now : 0;
  const mean = now > 0 ? sum / now : meanBefore;
  const rate = (known > 0 ? (hits[bin] as number) / known : meanBefore) + mean - meanBefore;
  const clamped = Math.min(1, Math.max(0, rate));
  return of === 'class-1' && meanBefore < 0.5 ? 1 - clamped : clamped;
}

/**
 * Expected calibration error over the bins of the reference, from counters: how far the scores and
 * what came true lie apart, weighted by rows.
 *
 * @param hits of each bin, among its labelled rows only
 * @throws RangeError without rows
 */
export function calibrationError(
  counts: ArrayLike<number>,
  sums: ArrayLike<number>,
  hits: ArrayLike<number>,
): number {
  const rows = totalOf(counts);
  if (!(rows > 0)) throw new RangeError(`got ${rows} labelled rows; expected some`);
  let apart = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    apart += Math.abs((hits[bin] as number) - (sums[bin] as number));
  }
  return apart / rows;
}
