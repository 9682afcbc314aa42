import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { CHECKS, type CheckKind } from '#domain/monitoring/report/drift-report.ts';
import { type Monitoring, periodMs } from './state.ts';

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
  { checkedAt, watchedSince }: Pick<Monitoring, 'checkedAt' | 'watchedSince'>,
  at: number,
  policy: Pick<MonitoringPolicy, 'driftHours' | 'performanceHours' | 'healthMinutes'>,
  tickMinutes: number,
): readonly CheckKind[] {
  return CHECKS.filter((kind) => {
    const everyMs = Math.max(periodMs(kind, policy), tickMinutes * 60_000);
    return at - (checkedAt[kind] ?? watchedSince ?? at) > PERIODS_MISSED * everyMs;
  });
}
