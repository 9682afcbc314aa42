import { scoreBy } from './bin-scores.ts';
import { MAX_PAIRS, type NumericProfile } from './reference-profile.ts';

/** Rows that correlations are taken of, evenly spaced: their standard error is at most 0.016. */
const ROWS = 4000;
/** Numeric features that are paired, the first ones: 124,750 correlations of 4,000 rows, some two seconds. */
const PAIRED_FEATURES = 500;
/** Pairs that one feature may be in, so that a block of like ones does not take all. */
const PAIRS_OF_ONE = 3;

/** A feature's scores in some rows, standardised: products of two sum to their correlation. */
export type SampledScores = Float64Array;

/** A missing value counts as the mean. Undefined of a column that does not vary. */
export function sampledScores(
  values: ArrayLike<number>,
  profile: NumericProfile,
): SampledScores | undefined {
  const score = scoreBy(profile);
  const size = Math.min(ROWS, values.length);
  const sample = Float64Array.from({ length: size }, (_, i) =>
    score(values[Math.floor((i * values.length) / size)] as number),
  );
  const known = sample.filter((score) => !Number.isNaN(score));
  const mean = known.reduce((sum, score) => sum + score, 0) / known.length;
  const squares = known.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  if (!(squares > 0)) return undefined;
  const norm = Math.sqrt(squares);
  return sample.map((score) => (Number.isNaN(score) ? 0 : (score - mean) / norm));
}

interface Column {
  readonly name: string;
  /** Undefined where it is not numeric, or does not vary. */
  readonly scores: SampledScores | undefined;
}

interface ChosenPair {
  readonly of: [first: number, second: number];
  readonly correlation: number;
}

/**
 * The pairs of columns whose scores are most correlated, positively or negatively, each column in
 * three at most. Of columns that are not correlated some are chosen all the same: what is watched is
 * that it stays so. Equal correlations go by name.
 */
export function choosePairs(columns: readonly Column[]): readonly ChosenPair[] {
  const used = new Map<number, number>();
  const uses = (column: number): number => used.get(column) ?? 0;
  const chosen: ChosenPair[] = [];
  for (const pair of byStrength(columns)) {
    if (chosen.length === MAX_PAIRS) break;
    const [first, second] = pair.of;
    if (uses(first) >= PAIRS_OF_ONE || uses(second) >= PAIRS_OF_ONE) continue;
    used.set(first, uses(first) + 1).set(second, uses(second) + 1);
    chosen.push(pair);
  }
  return chosen;
}

function byStrength(columns: readonly Column[]): readonly ChosenPair[] {
  const varying = columns
    .flatMap(({ name, scores }, at) => (scores ? [{ name, scores, at }] : []))
    .slice(0, PAIRED_FEATURES);
  const pairs = varying.flatMap((first, i) =>
    varying.slice(i + 1).map((second) => ({
      names: [first.name, second.name] as const,
      of: [first.at, second.at] as [number, number],
      correlation: rounded(product(first.scores, second.scores)),
    })),
  );
  return pairs
    .sort(
      (a, b) =>
        Math.abs(b.correlation) - Math.abs(a.correlation) ||
        inOrder(a.names[0], b.names[0]) ||
        inOrder(a.names[1], b.names[1]),
    )
    .map(({ of, correlation }) => ({ of, correlation }));
}

function product(first: Float64Array, second: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < first.length; row++) {
    sum += (first[row] as number) * (second[row] as number);
  }
  return sum;
}

/** To four digits, so that no order of summing decides; adding 0 turns −0 into 0. */
const rounded = (correlation: number): number =>
  Math.max(-1, Math.min(1, Math.round(correlation * 1e4) / 1e4)) + 0;

const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
