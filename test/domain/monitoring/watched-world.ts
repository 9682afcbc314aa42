import { DEFAULT_MONITORING_POLICY } from '#domain/gates/monitoring-policy.ts';
import { numericDistribution } from '#domain/gates/performance/distribution.ts';
import type { ReferenceProfile } from '#domain/gates/performance/reference-profile.ts';
import { gaussian, mulberry32 } from '#domain/gates/random.ts';
import { NOTHING_SEEN, type Seen } from '#domain/monitoring/capture/seen.ts';
import type { CheckInput } from '#domain/monitoring/check/check.ts';
import { type Reference, referenceOf } from '#domain/monitoring/check/reference.ts';
import { countNumber, noCounts } from '#domain/monitoring/statistics/bins.ts';
import { countScore, noScores } from '#domain/monitoring/statistics/estimated-accuracy.ts';
import { NO_TRUTH, type TruthSums } from '#domain/monitoring/truth/truth-sums.ts';
import { digestA, digestB } from '../../support/sample-release.ts';

export const HOUR = 3_600_000;
/** A full hour of some day. */
export const AT = Date.UTC(2026, 2, 2, 12);

const FEATURES = ['age', 'income', 'tenure'];
const REFERENCE_ROWS = 5000;
const EDGES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** Three normal features; two classes, of which the version tells 90 % right. */
export function profile(seed = 1): ReferenceProfile {
  const random = mulberry32(seed);
  const normal = () => Float64Array.from({ length: REFERENCE_ROWS }, () => gaussian(random));
  const each = REFERENCE_ROWS / 10;
  const means = EDGES.map((edge) => edge - 0.05).concat(0.95);
  return {
    schema: 'assay.reference-profile/v1',
    rows: REFERENCE_ROWS,
    features: FEATURES.map((name) => ({
      name,
      input: 'X',
      distribution: numericDistribution(normal()),
    })),
    omitted: 0,
    predictions: {
      kind: 'classes',
      classes: ['no', 'yes'].map((label) => ({ label, truth: 2500, answered: 2500 })),
      unknown: 0,
      scores: {
        of: 'class-1',
        edges: EDGES,
        counts: means.map(() => each),
        sums: means.map((mean) => mean * each),
        hits: means.map((mean) => Math.round(mean * each)),
      },
      score: { rows: REFERENCE_ROWS, mean: 0.9, m2: REFERENCE_ROWS * 0.09 },
    },
  };
}

export const reference = (): Reference => referenceOf(profile(), digestB);

export interface Shift {
  readonly rows?: number;
  /** Of the first so many features, in standard deviations. */
  readonly shift?: number;
  readonly features?: number;
  /** Of the probabilities, towards 0.5. */
  readonly unsure?: number;
  readonly answeredYes?: number;
}

/** What a window of so many rows shows. */
export function seen(
  of: Reference,
  seed: number,
  { rows = 2000, shift = 0, features = FEATURES.length, unsure = 0, answeredYes = 0.5 }: Shift = {},
): Seen {
  const random = mulberry32(seed);
  const counts = of.features.map(({ bins }) => noCounts(bins));
  const { predictions } = of.profile;
  if (predictions?.kind !== 'classes' || !predictions.scores) throw new Error('no scores');
  const scores = noScores(predictions.scores);
  for (let row = 0; row < rows; row++) {
    for (const [i, { bins }] of of.features.entries()) {
      const count = counts[i];
      if (count) countNumber(bins, count, gaussian(random) + (i < features ? shift : 0));
    }
    countScore(predictions.scores, scores, 0.5 + (random() - 0.5) * (1 - unsure));
  }
  const [answers] = of.answers;
  const answered = new Float64Array((answers?.bins.known ?? 0) + 1);
  answered[0] = rows - Math.round(rows * answeredYes);
  answered[1] = Math.round(rows * answeredYes);
  return {
    ...NOTHING_SEEN,
    profile: of.sha256,
    requests: rows,
    rows,
    counted: rows,
    latency: [[50, rows]],
    features: counts,
    answers: { counts: answered, ends: new Float64Array(2) },
    scores,
  };
}

/** A quiet week, the newest window as given. */
export const week = (of: Reference, ...newest: readonly Seen[]): readonly Seen[] =>
  Array.from({ length: 28 }, (_, i) => newest[i] ?? seen(of, 100 + i));

/** Labelled rows of an hour, of which a share was answered right. */
export const truth = (rows: number, right: number, more: Partial<TruthSums> = {}): TruthSums => ({
  ...NO_TRUTH,
  rows,
  score: Math.round(rows * right),
  squares: Math.round(rows * right),
  labels: { no: Math.floor(rows / 2), yes: Math.ceil(rows / 2) },
  ...more,
});

export const version = {
  tenant: 'acme',
  model: 'churn',
  version: '1.0.0',
  digest: digestA,
} as const;

export const policy: CheckInput['policy'] = {
  monitoring: DEFAULT_MONITORING_POLICY,
  performance: { protectedAttributes: ['sex'], sliceAccuracyGapMax: 0.1 },
  dataset: { maxAgeDays: 30 },
};

export const input = (fields: Partial<CheckInput> = {}): CheckInput => ({
  version,
  kinds: ['drift'],
  asked: false,
  at: AT,
  policy,
  reference: reference(),
  state: undefined,
  ...fields,
});
