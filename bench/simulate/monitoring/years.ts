import { DEFAULT_MONITORING_POLICY as POLICY } from '#domain/gates/monitoring-policy.ts';
import { type AlarmState, afterCheck, QUIET } from '#domain/monitoring/alarms/hysteresis.ts';
import { judgePair } from '#domain/monitoring/check/judge-pair.ts';
import type { FeatureCounts } from '#domain/monitoring/statistics/bins.ts';
import { greatest, NO_RATIOS, type Ratios } from '#domain/monitoring/statistics/levels.ts';
import type { FeatureOverdispersion } from '#domain/monitoring/statistics/overdispersion.ts';
import { psiByChance } from '#domain/monitoring/statistics/psi.ts';
import { GROUPINGS } from '#domain/monitoring/statistics/regroup.ts';
import { Poisson } from '../poisson.ts';
import type { Random } from '../random.ts';
import { A_DAY, days, judge, LEARNING, learned, ROWS, type World } from './model-year.ts';
import { BINS, binChances, type Feature, newFeature } from './traffic.ts';
import { REFERENCE, type Trial } from './trial.ts';

const FEATURES = 50;
const PAIRS = 16;
const A_YEAR = 365 * A_DAY;
/** Of each world: 461 of all together without an alarm are at most 0.01 a year, at 99 %. */
const YEARS = 155;
const COMPARISONS = 2 * (FEATURES + PAIRS);
const ALPHA = POLICY.alpha / (COMPARISONS * (POLICY.judgedBy.length + 1));

/**
 * Alarms raised in a year of a model whose inputs never change: windows of 6 h and of 24 h. Pairs of
 * features are drawn as features of their own, which vary as much, and of which one is enough.
 */
export const falseEpisodes = (name: string, world: World): Trial => ({
  name: `a year of checks of ${FEATURES} features and ${PAIRS} pairs each 6 h, ${name}`,
  bar: 'false episode',
  trials: YEARS,
  outside: 'all years together',
  run: (random) => yearOf(world, random),
});

/** What was seen of a feature: windows of a quarter of a day, those to learn from first. */
interface Watched {
  readonly feature: Feature;
  /** Window by window. */
  readonly counts: Uint16Array;
  /** Of windows of 6 h and of 24 h. */
  readonly phi: readonly [FeatureOverdispersion, FeatureOverdispersion];
}

/**
 * Rows come as a Poisson process. The check itself judges a window only where more than one feature
 * could have drifted by a quick sum of the same index, or while an alarm is up: else its verdict
 * cannot be drift.
 */
function yearOf(world: World, random: Random): number {
  const phase = 2 * Math.PI * random();
  const { driftedFeaturesMin } = POLICY;
  return (
    episodes(FEATURES, driftedFeaturesMin, inputRatios, world, phase, random) +
    episodes(PAIRS, 1, pairRatios, world, phase, random)
  );
}

/** Of so many columns, of which at least some must drift together. */
function episodes(
  columns: number,
  together: number,
  ratiosOf: (all: readonly Watched[], check: number, which: 0 | 1) => Ratios,
  world: World,
  phase: number,
  random: Random,
): number {
  const suspects = [new Uint8Array(A_YEAR), new Uint8Array(A_YEAR)] as const;
  const all = Array.from({ length: columns }, () => {
    const watched = watch(world, phase, random);
    addSuspects(watched, suspects);
    return watched;
  });
  const alarms: [AlarmState, AlarmState] = [QUIET, QUIET];
  let raised = 0;
  for (let check = 0; check < A_YEAR; check++) {
    for (const which of [0, 1] as const) {
      const couldDrift = (suspects[which][check] as number) >= together;
      const isUp = alarms[which].raised !== null;
      const ratios = couldDrift || isUp ? ratiosOf(all, check, which) : NO_RATIOS;
      const { state, change } = afterCheck(alarms[which], { at: check + 1, ratios }, POLICY);
      alarms[which] = state;
      if (change === 'raised') raised++;
    }
  }
  return raised;
}

function watch({ bunch = 1, cycle = 0 }: World, phase: number, random: Random): Watched {
  const feature = newFeature(REFERENCE, random);
  const arrivals = Array.from({ length: cycle === 0 ? 1 : A_DAY }, (_, quarter) => {
    const shift = cycle * Math.sin((2 * Math.PI * quarter) / A_DAY + phase);
    return Array.from(binChances(feature, shift), (chance) => new Poisson((chance * ROWS) / bunch));
  });
  const counts = new Uint16Array((LEARNING + A_YEAR) * BINS);
  for (let window = 0; window < LEARNING + A_YEAR; window++) {
    const quarter = arrivals[window % arrivals.length] as readonly Poisson[];
    for (let bin = 0; bin < BINS; bin++) {
      counts[window * BINS + bin] = bunch * (quarter[bin] as Poisson).draw(random);
    }
  }
  const quiet = Array.from({ length: LEARNING }, (_, window) => [windowOf(counts, window, 1)]);
  const phi = [learned(feature, quiet, 0), learned(feature, days(quiet), 0)] as const;
  return { feature, counts, phi };
}

/** The windows up to this one, `many` together. */
function windowOf(all: Uint16Array, last: number, many: number): FeatureCounts {
  const counts = new Float64Array(BINS + 1);
  for (let window = last - many + 1; window <= last; window++) {
    for (let bin = 0; bin < BINS; bin++) {
      counts[bin] = (counts[bin] as number) + (all[window * BINS + bin] as number);
    }
  }
  return { counts, ends: new Float64Array(2) };
}

const LENGTHS = [1, A_DAY] as const;

const inputRatios = (all: readonly Watched[], check: number, which: 0 | 1): Ratios =>
  judge(
    all.map(({ feature }) => feature),
    all.map(({ counts }) => windowOf(counts, LEARNING + check, LENGTHS[which])),
    (i) => all[i]?.phi[which],
    COMPARISONS,
  ).ratios;

const pairRatios = (all: readonly Watched[], check: number, which: 0 | 1): Ratios =>
  greatest(
    all.map(({ feature: { bins, reference }, counts, phi }) => {
      const current = windowOf(counts, LEARNING + check, LENGTHS[which]);
      const compared = { bins, reference, current, comparisons: COMPARISONS };
      return judgePair({ ...compared, overdispersion: phi[which] }, 0, POLICY).ratios;
    }),
  );

/** Counts the feature where it could have drifted, whichever grouping it is judged by. */
function addSuspects({ counts, phi }: Watched, suspects: readonly [Uint8Array, Uint8Array]): void {
  const scales = phi.map((of) =>
    GROUPINGS.map((bins) =>
      psiByChance({ bins, m: 2, n: 2, overdispersion: of[bins], alpha: ALPHA }),
    ),
  );
  const sums = [new Int32Array(BINS), new Int32Array(BINS)] as const;
  for (let window = 0; window < LEARNING + A_YEAR; window++) {
    for (let bin = 0; bin < BINS; bin++) {
      const [now, day] = [counts[window * BINS + bin] as number, sums[1]];
      sums[0][bin] = now;
      const gone = window < A_DAY ? 0 : (counts[(window - A_DAY) * BINS + bin] as number);
      day[bin] = (day[bin] as number) + now - gone;
    }
    if (window < LEARNING) continue;
    for (const which of [0, 1] as const) {
      if (!couldDrift(sums[which], scales[which] as number[])) continue;
      const at = window - LEARNING;
      suspects[which][at] = (suspects[which][at] as number) + 1;
    }
  }
}

/** @param scales what chance explains by each grouping, times 1 / (1/n + 1/m) */
function couldDrift(counts: Int32Array, scales: readonly number[]): boolean {
  let n = 0;
  for (let bin = 0; bin < BINS; bin++) n += counts[bin] as number;
  const inverse = 1 / n + 1 / REFERENCE;
  for (let i = 0; i < GROUPINGS.length; i++) {
    const limit = Math.max(POLICY.psi.warn, (scales[i] as number) * inverse) - 1e-9;
    if (evenPsi(counts, GROUPINGS[i] as number, n) >= limit) return true;
  }
  return false;
}

/** ln(count + ½) of as many rows as a group can have. */
const LOGS = Float64Array.from({ length: 16_384 }, (_, count) => Math.log(count + 0.5));

/** The index of whole counts beside a reference with as many rows in each bin, in even groups. */
export function evenPsi(counts: Int32Array, groups: number, n: number): number {
  const each = BINS / groups;
  let [weighted, logs] = [0, 0];
  for (let bin = 0; bin < BINS; ) {
    let count = 0;
    for (const end = bin + each; bin < end; bin++) count += counts[bin] as number;
    const log = LOGS[count] as number;
    weighted += (count + 0.5) * log;
    logs += log;
  }
  return weighted / (n + groups / 2) - logs / groups;
}
