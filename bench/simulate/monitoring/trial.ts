import {
  type MonitoringPolicy,
  DEFAULT_MONITORING_POLICY as POLICY,
} from '#domain/gates/monitoring-policy.ts';
import { judgeFeature } from '#domain/monitoring/check/judge-feature.ts';
import { INDEPENDENT_ROWS } from '#domain/monitoring/statistics/overdispersion.ts';
import type { Random } from '../random.ts';
import { type Feature, type Shape, window } from './traffic.ts';

/** Something that is simulated many times; what it counts is false, or found. */
export interface Trial {
  readonly name: string;
  readonly bar: 'false alarm' | 'false episode' | 'changed verdict' | 'power';
  readonly trials: number;
  /** Alarms of one trial: 0 or 1, but for the episodes of a year. */
  readonly run: (random: Random) => number;
  /** Why no bar is set. */
  readonly outside?: string;
}

/** Rows of a reference. */
export const REFERENCE = 10_020;
export const MANY = 10_000;
export const SOME = 2000;

/** Evidence alone at 1 %, whatever the effect. */
export const ANY = { warn: 1e-9, retrain: 1e-9, page: 1e-9, critical: 1e-9 };
export const NOMINAL: MonitoringPolicy = { ...POLICY, samplesMin: 1, alpha: 0.02, psi: ANY };

/** 1 when the window is found to have drifted. */
export function drifts(
  feature: Feature,
  rows: number,
  shape: Shape,
  random: Random,
  policy: MonitoringPolicy,
  overdispersion = INDEPENDENT_ROWS,
  comparisons = 1,
): number {
  const { bins, reference } = feature;
  const current = window(feature, rows, shape, random);
  const verdict = judgeFeature({ bins, reference, current, overdispersion, comparisons }, policy);
  return verdict.outcome === 'DRIFT' ? 1 : 0;
}
