import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { type Compared, judgeFeature } from '#domain/monitoring/check/judge-feature.ts';
import type { ComparedReport } from './drift-report.ts';
import { shapeOf } from './shape-of.ts';

/** The verdict on one feature as reports have it, with what is drawn of it. */
export function comparedReport(
  name: string,
  compared: Compared,
  policy: MonitoringPolicy,
): ComparedReport {
  const shape = shapeOf(compared.bins, compared.reference, compared.current);
  return { name, ...judgeFeature(compared, policy), ...(shape && { shape }) };
}

/** Features whose shapes are kept: one of 20 groups has 600 bytes, and pages draw 50. */
const SHAPES = 200;

/** By how far each lies beyond what warns; those at the end without what is drawn of them. */
export const gravestFirst = (reports: readonly ComparedReport[]): ComparedReport[] =>
  reports
    .toSorted((a, b) => b.ratios.warn - a.ratios.warn)
    .map(({ shape, ...report }, rank) => (shape && rank < SHAPES ? { ...report, shape } : report));
