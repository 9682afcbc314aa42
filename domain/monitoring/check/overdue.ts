import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { CHECKS, type CheckKind } from '#domain/monitoring/report/drift-report.ts';
import { type Monitoring, periodMs, WEEK_MS } from './state.ts';

type Made = Pick<Monitoring, 'checkedAt' | 'watchedSince'>;

/** Periods that a kind of check may stay out: one comes late, or faults, and what it lacked is mended. */
export const PERIODS_MISSED = 3;

/**
 * The kinds that the policy asks for and that were not made for too long: what they look for would
 * not be found. A version that came anew is given as long for its first ones.
 *
 * @param at ms since 1970
 * @param tickMinutes how often it is looked what is due: none is made more often
 */
export function overdueKinds(
  state: Made,
  at: number,
  policy: Pick<MonitoringPolicy, 'driftHours' | 'performanceHours' | 'healthMinutes'>,
  tickMinutes: number,
): readonly CheckKind[] {
  return CHECKS.filter((kind) =>
    isOverdue(kind, state, at, Math.max(periodMs(kind, policy), tickMinutes * 60_000)),
  );
}

/** Whether the weekly check of the data is one of them: no policy says how often that is made. */
export const isDatasetOverdue = (state: Made, at: number): boolean =>
  isOverdue('dataset', state, at, WEEK_MS);

const isOverdue = (
  kind: CheckKind,
  { checkedAt, watchedSince }: Made,
  at: number,
  everyMs: number,
): boolean => at - (checkedAt[kind] ?? watchedSince ?? at) > PERIODS_MISSED * everyMs;
