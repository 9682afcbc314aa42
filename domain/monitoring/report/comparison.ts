import { LEVELS, type Level, type MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import type { Distribution } from '#domain/gates/performance/reference-profile.ts';
import type { FeatureVerdict } from '#domain/monitoring/check/judge-feature.ts';
import { type InputsVerdict, judgeInputs } from '#domain/monitoring/check/judge-inputs.ts';
import { explainedBy } from '#domain/monitoring/check/judge-pair.ts';
import {
  type FeatureBins,
  type FeatureCounts,
  referenceCounts,
} from '#domain/monitoring/statistics/bins.ts';
import { INDEPENDENT_ROWS } from '#domain/monitoring/statistics/overdispersion.ts';
import type { PairBins } from '#domain/monitoring/statistics/pair-bins.ts';
import { comparedReport, gravestFirst } from './compared-report.ts';
import type { ComparedReport, WindowReport } from './drift-report.ts';
import { dependenceOf, pairReport } from './pair-report.ts';

/** A column of a table, and how another one's values fall into its bins. */
export interface ComparedColumn {
  readonly name: string;
  readonly reference: Distribution;
  readonly bins: FeatureBins;
  readonly current: FeatureCounts;
}

/** Two columns of numbers, and how the differences of another table's scores fall into their bins. */
export interface ComparedPair {
  readonly pair: PairBins;
  readonly first: ComparedColumn;
  readonly second: ComparedColumn;
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
  /** Absent where there are no two columns of numbers. */
  readonly dependence?: NonNullable<WindowReport['dependence']>;
  readonly label?: ComparedReport;
  readonly notes: readonly string[];
}

export interface Tables {
  readonly reference: Side;
  readonly current: Side;
  readonly columns: readonly ComparedColumn[];
  readonly pairs?: readonly ComparedPair[];
  readonly label?: ComparedColumn | undefined;
  readonly notes: readonly string[];
}

/** Judges a table as a window of independent rows; drift of the label counts like that of inputs. */
export function compareTables(tables: Tables, policy: MonitoringPolicy): Comparison {
  const { reference, current, columns, pairs = [], notes } = tables;
  const comparisons = columns.length + pairs.length + (tables.label ? 1 : 0);
  const rest = { overdispersion: INDEPENDENT_ROWS, comparisons };
  const judged = (column: ComparedColumn) =>
    comparedReport(column.name, { bins: column.bins, ...sidesOf(column), ...rest }, policy);
  const features = gravestFirst(columns.map(judged));
  const label = tables.label && judged(tables.label);
  const inputs = judgeInputs(
    features.map((verdict) => ({ name: verdict.name, verdict })),
    policy,
  );
  const outcomes = new Map(features.map(({ name, outcome }) => [name, outcome]));
  const dependence = dependenceOf(
    pairs.map(({ pair, first, second, current: counts }) => {
      const sides = { reference: referenceCounts(pair.distribution), current: counts };
      const explained = explainedBy(pair, [sidesOf(first), sidesOf(second)]);
      const ofBoth = [first, second].map(({ name }) => outcomes.get(name));
      return pairReport(pair, { bins: pair.bins, ...sides, ...rest }, explained, ofBoth, policy);
    }),
    policy,
  );
  return {
    schema: 'assay.drift-comparison/v1',
    outcome: worst([
      inputs.outcome,
      ...(dependence?.outcome === 'DRIFT' ? [dependence.outcome] : []),
      ...(label ? [label.outcome] : []),
    ]),
    reference,
    current,
    inputs,
    features,
    ...(dependence && { dependence }),
    ...(label && { label }),
    notes,
  };
}

const sidesOf = ({ reference, current }: ComparedColumn) => ({
  reference: referenceCounts(reference),
  current,
});

/** Drift of either is drift; what cannot be judged is never called stable. */
function worst(outcomes: readonly FeatureVerdict['outcome'][]): FeatureVerdict['outcome'] {
  if (outcomes.includes('DRIFT')) return 'DRIFT';
  return outcomes.includes('INSUFFICIENT_DATA') ? 'INSUFFICIENT_DATA' : 'STABLE';
}

/** The gravest level of what is judged; none where nothing drifted. */
export const levelOf = ({ inputs, dependence, label }: Comparison): Level | undefined =>
  LEVELS.findLast((level) => [inputs.level, dependence?.level, label?.level].includes(level));
