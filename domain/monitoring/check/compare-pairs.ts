import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import type { Seen } from '#domain/monitoring/capture/seen.ts';
import type { PairReport, WindowReport } from '#domain/monitoring/report/drift-report.ts';
import {
  dependenceOf,
  type FeatureOutcome,
  pairReport,
} from '#domain/monitoring/report/pair-report.ts';
import type { Compare } from './compare-column.ts';
import { explainedBy } from './judge-pair.ts';
import type { Reference, ReferencePair } from './reference.ts';

/**
 * The pairs of a window beside the reference; undefined where it has none.
 *
 * @param outcomes of features by themselves, in the profile's order
 */
export function comparePairs(
  reference: Reference,
  seen: Seen,
  outcomes: readonly FeatureOutcome[],
  compare: Compare,
  policy: MonitoringPolicy,
): WindowReport['dependence'] {
  const pairs = reference.pairs.flatMap((column): PairReport[] => {
    const compared = compare(column, seen);
    if (!compared) return [];
    const ofBoth = column.pair.of.map((at) => outcomes[at]);
    return [pairReport(column.pair, compared, explained(reference, column, seen), ofBoth, policy)];
  });
  return dependenceOf(pairs, policy);
}

function explained({ features }: Reference, { pair }: ReferencePair, seen: Seen): number {
  const [first, second] = pair.of.map((at) => {
    const column = features[at];
    const current = column?.of(seen);
    return column && current && { reference: column.counts, current };
  });
  return first && second ? explainedBy(pair, [first, second]) : 0;
}
