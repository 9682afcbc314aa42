import type { MonitoringPolicy, Statistic } from '#domain/gates/monitoring-policy.ts';
import {
  greatest,
  NO_RATIOS,
  type Ratios,
  ratiosOf,
} from '#domain/monitoring/statistics/levels.ts';

/** A statistic, and what it stays below by chance. */
interface Finding {
  readonly value: number;
  readonly chance: number;
}

export type Findings = { readonly [S in Statistic]?: Finding | undefined };

/** The greatest that a statistic reaches of those the policy judges by; the others are shown alone. */
export const judgedRatios = (findings: Findings, policy: MonitoringPolicy): Ratios =>
  greatest(
    policy.judgedBy.map((statistic) => {
      const one = findings[statistic];
      return one ? ratiosOf(one.value, policy[statistic], one.chance) : NO_RATIOS;
    }),
  );
