import {
  DEFAULT_MONITORING_POLICY as POLICY,
  type Statistic,
} from '#domain/gates/monitoring-policy.ts';
import { knownCounts } from '#domain/monitoring/statistics/bins.ts';
import {
  type FeatureOverdispersion,
  INDEPENDENT_ROWS,
  learnOverdispersion,
} from '#domain/monitoring/statistics/overdispersion.ts';
import { psi, psiByChance } from '#domain/monitoring/statistics/psi.ts';
import type { Random } from '../random.ts';
import { type Feature, newFeature, type Shape, window } from './traffic.ts';
import { ANY, drifts, MANY, NOMINAL, REFERENCE, SOME, type Trial } from './trial.ts';

/** Windows that overdispersion is learned from. */
const QUIET = 28;

export const nominal = (
  rows: number,
  statistic: Statistic = 'psi',
  reference = REFERENCE,
): Trial => ({
  name: `one feature by ${statistic}, ${rows} rows against ${reference}, evidence at 1 %`,
  bar: 'false alarm',
  trials: MANY,
  run: (random) => {
    const policy = { ...NOMINAL, [statistic]: ANY, judgedBy: [statistic] };
    return drifts(newFeature(reference, random), rows, {}, random, policy);
  },
});

/** The statistic itself, of all sixty bins. */
export const sixty = (rows: number): Trial => ({
  name: `one feature in 60 bins, ${rows} rows, evidence at 1 %`,
  bar: 'false alarm',
  trials: MANY,
  run: (random) => {
    const feature = newFeature(REFERENCE, random);
    const [p, q] = [feature.reference, window(feature, rows, {}, random)].map(knownCounts);
    const at = { bins: 60, m: REFERENCE, n: rows, overdispersion: 1, alpha: 0.01 };
    return Number(psi(p ?? [], q ?? []) >= psiByChance(at));
  },
});

function learned(
  feature: Feature,
  rows: number,
  shapes: (at: number) => Shape,
  random: Random,
): FeatureOverdispersion {
  const quiet = Array.from({ length: QUIET }, (_, at) => window(feature, rows, shapes(at), random));
  return learnOverdispersion(feature.bins, feature.reference, quiet);
}

export const bunched = (isLearned: boolean): Trial => ({
  name: `five rows a user, 1,000 rows, ${isLearned ? '28 quiet windows before' : 'not known'}`,
  bar: 'false alarm',
  trials: isLearned ? MANY / 2 : SOME,
  ...(!isLearned && { outside: 'none: what the overdispersion is for' }),
  run: (random) => {
    const feature = newFeature(REFERENCE, random);
    const shape = { bunch: 5 };
    const phi = isLearned ? learned(feature, 1000, () => shape, random) : INDEPENDENT_ROWS;
    return drifts(feature, 1000, shape, random, NOMINAL, phi);
  },
});

/** The mean of a quarter of a day, when it swings by half a deviation. */
const hourly = (at: number, phase: number): Shape => ({
  shift: 0.5 * Math.sin((2 * Math.PI * at) / 4 + phase),
});

export const daily = (isLearned: boolean): Trial => ({
  name: `daily cycle, a quarter of a day of 2,000 rows, ${isLearned ? '28 before' : 'not known'}`,
  bar: 'false alarm',
  trials: SOME,
  ...(!isLearned && { outside: 'none: what the overdispersion is for' }),
  run: (random) => {
    const feature = newFeature(REFERENCE, random);
    const phase = 2 * Math.PI * random();
    const shape = (at: number): Shape => hourly(at, phase);
    const phi = isLearned ? learned(feature, 2000, shape, random) : INDEPENDENT_ROWS;
    const at = Math.floor(4 * random());
    return drifts(feature, 2000, shape(at), random, POLICY, phi);
  },
});

/** Rows enough to prove a shift that nobody needs to know of. */
export const tooSmall: Trial = {
  name: 'mean, 0.2 of a deviation in 100,000 rows: below the limit, whatever is proven',
  bar: 'false alarm',
  trials: SOME,
  run: (random) => drifts(newFeature(REFERENCE, random), 100_000, { shift: 0.2 }, random, POLICY),
};
