import { DEFAULT_MONITORING_POLICY as POLICY } from '#domain/gates/monitoring-policy.ts';
import { categoricalDistribution } from '#domain/gates/performance/distribution.ts';
import { gaussian } from '#domain/gates/random.ts';
import { judgeFeature } from '#domain/monitoring/check/judge-feature.ts';
import {
  binsOf,
  countNumber,
  noCounts,
  referenceCounts,
} from '#domain/monitoring/statistics/bins.ts';
import { INDEPENDENT_ROWS } from '#domain/monitoring/statistics/overdispersion.ts';
import { afterLoss, NO_LOSSES, rise } from '#domain/monitoring/statistics/page-hinkley.ts';
import { binomial, type Random } from '../random.ts';
import { newFeature, type Shape } from './traffic.ts';
import { drifts, REFERENCE, SOME, type Trial } from './trial.ts';

export const power = (name: string, shape: Shape, rows = 1000): Trial => ({
  name: `${name}, ${rows} rows, one of 20 features`,
  bar: 'power',
  trials: SOME,
  run: (random) =>
    drifts(newFeature(REFERENCE, random), rows, shape, random, POLICY, INDEPENDENT_ROWS, 20),
});

/** Twenty values drawn uniformly, and a share of a new one. */
function newCategory(random: Random, share: number, rows: number): number {
  const of = (count: number) => Array.from({ length: count }, () => Math.floor(20 * random()));
  const distribution = categoricalDistribution(of(REFERENCE).map(String));
  const bins = binsOf(distribution);
  const current = noCounts(bins);
  const news = binomial(rows, share, random);
  for (const value of of(rows - news)) countNumber(bins, current, value);
  for (let i = 0; i < news; i++) countNumber(bins, current, 99);
  const reference = referenceCounts(distribution);
  const overdispersion = INDEPENDENT_ROWS;
  return Number(
    judgeFeature({ bins, reference, current, overdispersion, comparisons: 20 }, POLICY).outcome ===
      'DRIFT',
  );
}

export const category = (share: number): Trial => ({
  name: `a new category in ${100 * share} % of 1,000 rows, one of 20 features`,
  bar: share > 0 ? 'power' : 'false alarm',
  trials: SOME,
  run: (random) => newCategory(random, share, 1000),
});

/** Whether one row of 1e9 among a thousand changes what is said of quiet, or of shifted, rows. */
export const outlier = (shift: number): Trial => ({
  name: `1e9 among 1,000 rows ${shift === 0 ? 'of the reference' : 'that shifted by half'}`,
  bar: 'changed verdict',
  trials: SOME,
  run: (random) => {
    const { bins, reference } = newFeature(REFERENCE, random);
    const judged = (values: readonly number[]) => {
      const current = noCounts(bins);
      for (const value of values) countNumber(bins, current, value);
      const overdispersion = INDEPENDENT_ROWS;
      return judgeFeature({ bins, reference, current, overdispersion, comparisons: 20 }, POLICY);
    };
    const values = Array.from({ length: 1000 }, () => shift + gaussian(random));
    return Number(judged(values).outcome !== judged([...values.slice(1), 1e9]).outcome);
  },
});

/** Labels of a model that is wrong in 10 %, and in more after half of them. */
export const concept = (after: number, labels: number): Trial => ({
  name: `errors of 10 %, then ${100 * after} %, in ${labels} late labels (Page–Hinkley)`,
  bar: after > 0.1 ? 'power' : 'false alarm',
  trials: SOME,
  run: (random) => {
    let state = NO_LOSSES;
    const deviation = Math.sqrt(0.1 * 0.9);
    for (let label = 0; label < labels; label++) {
      const rate = label < labels / 2 ? 0.1 : after;
      state = afterLoss(state, Number(random() < rate) / deviation, POLICY.pageHinkleyTolerance);
      if (rise(state) > POLICY.pageHinkleyLimit) return after > 0.1 && label < labels / 2 ? 0 : 1;
    }
    return 0;
  },
});
