import { DEFAULT_MONITORING_POLICY as POLICY } from '#domain/gates/monitoring-policy.ts';
import { type AlarmState, afterCheck, QUIET } from '#domain/monitoring/alarms/hysteresis.ts';
import { judgeFeature } from '#domain/monitoring/check/judge-feature.ts';
import { type InputsVerdict, judgeInputs } from '#domain/monitoring/check/judge-inputs.ts';
import { type FeatureCounts, mergeCounts } from '#domain/monitoring/statistics/bins.ts';
import {
  type FeatureOverdispersion,
  learnOverdispersion,
} from '#domain/monitoring/statistics/overdispersion.ts';
import type { Random } from '../random.ts';
import { type Feature, newFeature, window } from './traffic.ts';
import { REFERENCE, type Trial } from './trial.ts';

const FEATURES = 10;
/** Of a window of six hours: barely more than the policy's least. */
export const ROWS = 1200;
/** Windows of a day. */
export const A_DAY = 4;
/** Windows that overdispersion is learned from, before the year begins. */
export const LEARNING = 28;

export interface World {
  readonly bunch?: number;
  /** Swing of every feature's mean over a day, in deviations. */
  readonly cycle?: number;
  /** By how much two of the features have shifted, in deviations, once they are watched. */
  readonly shift?: number;
}

/** Whether an alarm is raised in time when two features shift. */
export const raisedIn = (hours: number, name: string, world: World, outside?: string): Trial => ({
  name: `two of ${FEATURES} features shift by ${world.shift}, raised in ${hours} h, ${name}`,
  bar: 'power',
  trials: 300,
  ...(outside !== undefined && { outside }),
  run: (random) => Number(episodes(hours / (24 / A_DAY), world, random) > 0),
});

function episodes(checks: number, world: World, random: Random): number {
  const features = Array.from({ length: FEATURES }, () => newFeature(REFERENCE, random));
  const phase = 2 * Math.PI * random();
  const quiet = { ...world, shift: 0 };
  const before = Array.from({ length: LEARNING }, (_, check) =>
    drawn(features, check, phase, quiet, random),
  );
  const phi = features.map((feature, i) => ({
    quarter: learned(feature, before, i),
    day: learned(feature, days(before), i),
  }));
  const alarms: [AlarmState, AlarmState] = [QUIET, QUIET];
  let latest = before.slice(1 - A_DAY);
  let raised = 0;
  for (let check = 1; check <= checks; check++) {
    const now = drawn(features, check - 1, phase, world, random);
    latest = [...latest, now].slice(-A_DAY);
    const verdicts = [
      judge(features, now, (i) => phi[i]?.quarter),
      judge(features, merged(latest), (i) => phi[i]?.day),
    ];
    for (const [i, { ratios }] of verdicts.entries()) {
      const which = i === 0 ? 0 : 1;
      const { state, change } = afterCheck(alarms[which], { at: check, ratios }, POLICY);
      alarms[which] = state;
      if (change === 'raised') raised++;
    }
  }
  return raised;
}

const drawn = (
  features: readonly Feature[],
  check: number,
  phase: number,
  { bunch = 1, cycle = 0, shift = 0 }: World,
  random: Random,
): FeatureCounts[] => {
  const hourly = cycle * Math.sin((2 * Math.PI * (check % A_DAY)) / A_DAY + phase);
  return features.map((feature, i) =>
    window(feature, ROWS, { shift: hourly + (i < 2 ? shift : 0), bunch }, random),
  );
};

const merged = (windows: readonly (readonly FeatureCounts[])[]): FeatureCounts[] =>
  windows.reduce<FeatureCounts[]>(
    (sum, of) => of.map((counts, i) => (sum[i] ? mergeCounts(sum[i], counts) : counts)),
    [],
  );

export const days = (windows: readonly (readonly FeatureCounts[])[]): FeatureCounts[][] =>
  Array.from({ length: Math.floor(windows.length / A_DAY) }, (_, day) =>
    merged(windows.slice(day * A_DAY, (day + 1) * A_DAY)),
  );

export const learned = (
  { bins, reference }: Feature,
  windows: readonly (readonly FeatureCounts[])[],
  feature: number,
): FeatureOverdispersion =>
  learnOverdispersion(
    bins,
    reference,
    windows.flatMap((of) => of[feature] ?? []),
  );

export function judge(
  features: readonly Feature[],
  currents: readonly FeatureCounts[],
  phi: (feature: number) => FeatureOverdispersion | undefined,
  comparisons = 2 * features.length,
): InputsVerdict {
  const verdicts = features.flatMap(({ bins, reference }, i) => {
    const [current, overdispersion] = [currents[i], phi(i)];
    if (!current || !overdispersion) return [];
    const compared = { bins, reference, current, overdispersion, comparisons };
    return { name: `x/${i}`, verdict: judgeFeature(compared, POLICY) };
  });
  return judgeInputs(verdicts, POLICY);
}
