import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import type { Distribution } from '#domain/gates/performance/reference-profile.ts';
import type { FeatureVerdict } from '#domain/monitoring/check/judge-feature.ts';
import { type InputsVerdict, judgeInputs } from '#domain/monitoring/check/judge-inputs.ts';
import {
  type FeatureBins,
  type FeatureCounts,
  referenceCounts,
} from '#domain/monitoring/statistics/bins.ts';
import { INDEPENDENT_ROWS } from '#domain/monitoring/statistics/overdispersion.ts';
import { comparedReport, gravestFirst } from './compared-report.ts';
import type { ComparedReport } from './drift-report.ts';

/** A column of a table, and how another one's values fall into its bins. */
export interface ComparedColumn {
  readonly name: string;
  readonly reference: Distribution;
  readonly bins: FeatureBins;
  readonly current: FeatureCounts;
}

interface Side {
  readonly file: string;
  readonly rows: number;
}

/** `assay.drift-comparison/v1`: two tables beside each other, with no version and no history. */
export interface Comparison {
  readonly schema: 'assay.drift-comparison/v1';
  readonly outcome: FeatureVerdict['outcome'];
  readonly reference: Side;
  readonly current: Side;
  readonly inputs: InputsVerdict;
  /** The gravest first. */
  readonly features: readonly ComparedReport[];
  readonly label?: ComparedReport;
  readonly notes: readonly string[];
}

export interface Tables {
  readonly reference: Side;
  readonly current: Side;
  readonly columns: readonly ComparedColumn[];
  readonly label?: ComparedColumn | undefined;
  readonly notes: readonly string[];
}

/** Judges a table as a window of independent rows; drift of the label counts like that of inputs. */
export function compareTables(tables: Tables, policy: MonitoringPolicy): Comparison {
  const { reference, current, columns, notes } = tables;
  const comparisons = columns.length + (tables.label ? 1 : 0);
  const judged = ({ name, reference: of, bins, current: counts }: ComparedColumn) =>
    comparedReport(
      name,
      {
        bins,
        reference: referenceCounts(of),
        current: counts,
        overdispersion: INDEPENDENT_ROWS,
        comparisons,
      },
      policy,
    );
  const features = gravestFirst(columns.map(judged));
  const label = tables.label && judged(tables.label);
  const inputs = judgeInputs(
    features.map((verdict) => ({ name: verdict.name, verdict })),
    policy,
  );
  return {
    schema: 'assay.drift-comparison/v1',
    outcome: worst([inputs.outcome, ...(label ? [label.outcome] : [])]),
    reference,
    current,
    inputs,
    features,
    ...(label && { label }),
    notes,
  };
}

/** Drift of either is drift; what cannot be judged is never called stable. */
function worst(outcomes: readonly FeatureVerdict['outcome'][]): FeatureVerdict['outcome'] {
  if (outcomes.includes('DRIFT')) return 'DRIFT';
  return outcomes.includes('INSUFFICIENT_DATA') ? 'INSUFFICIENT_DATA' : 'STABLE';
}
