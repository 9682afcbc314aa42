import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { judgeDependence } from '#domain/monitoring/check/judge-dependence.ts';
import type { Compared } from '#domain/monitoring/check/judge-feature.ts';
import { judgePair } from '#domain/monitoring/check/judge-pair.ts';
import type { PairBins } from '#domain/monitoring/statistics/pair-bins.ts';
import type { ComparedReport, PairReport, WindowReport } from './drift-report.ts';
import { shapeOf } from './shape-of.ts';

/** What became of a feature by itself; undefined where it was not compared. */
export type FeatureOutcome = ComparedReport['outcome'] | undefined;

/**
 * The verdict on a pair as reports have it, with what is drawn of it. Of a feature that is not known,
 * it is not known by how much it moved the pair.
 *
 * @param outcomes of its two features
 */
export function pairReport(
  { features, correlation }: Pick<PairBins, 'features' | 'correlation'>,
  compared: Compared,
  explained: number,
  outcomes: readonly FeatureOutcome[],
  policy: MonitoringPolicy,
): PairReport {
  const shape = shapeOf(compared.bins, compared.reference, compared.current);
  const { level, ...verdict } = judgePair(compared, explained, policy);
  const isKnown = outcomes.every((one) => one !== undefined && one !== 'INSUFFICIENT_DATA');
  return {
    name: features.join(' ~ '),
    features: [...features],
    correlation,
    moved: features.filter((_, i) => outcomes[i] === 'DRIFT'),
    ...verdict,
    ...(isKnown ? level && { level } : { outcome: 'INSUFFICIENT_DATA' as const }),
    ...(shape && { shape }),
  };
}

/** The pairs of a window, the gravest first, and what they say together; undefined of none. */
export const dependenceOf = (
  pairs: readonly PairReport[],
  policy: MonitoringPolicy,
): WindowReport['dependence'] =>
  pairs.length === 0
    ? undefined
    : {
        ...judgeDependence(pairs, policy),
        pairs: pairs.toSorted((a, b) => b.ratios.warn - a.ratios.warn),
      };
