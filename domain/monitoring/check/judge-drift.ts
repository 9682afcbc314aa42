import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { type Seen, sumSeen } from '#domain/monitoring/capture/seen.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';
import { comparedReport, gravestFirst } from '#domain/monitoring/report/compared-report.ts';
import type {
  ComparedReport,
  DriftReport,
  WindowReport,
} from '#domain/monitoring/report/drift-report.ts';
import type { NO_RATIOS } from '#domain/monitoring/statistics/levels.ts';
import type { FeatureOverdispersion } from '#domain/monitoring/statistics/overdispersion.ts';
import { comparePairs } from './compare-pairs.ts';
import { estimateOf } from './judge-estimate.ts';
import { judgeFeature } from './judge-feature.ts';
import { judgeInputs } from './judge-inputs.ts';
import { learnedFrom } from './quiet-windows.ts';
import type { Reference, ReferenceColumn } from './reference.ts';
import { NOTHING_FOUND, type SectionFindings } from './section.ts';
import { DAY_HOURS, hoursUpTo, QUARTER_HOURS, QUARTERS_A_DAY } from './windows.ts';

/** Features whose windows of the last week are in a report. */
const HISTORY_FEATURES = 50;
const HOUR_MS = 3_600_000;

type DriftSections = Pick<DriftReport, 'windows' | 'history' | 'accuracy'>;

/**
 * The inputs and answers of the last six hours and of the last day beside the reference, and the
 * accuracy that the scores of the day speak for.
 *
 * @param quarters windows of six hours, the newest first, of up to a week
 * @param at end of the newest, in ms since 1970
 */
export function judgeDrift(
  reference: Reference,
  quarters: readonly Seen[],
  at: number,
  policy: MonitoringPolicy,
): SectionFindings<DriftSections> {
  const [quarter] = quarters;
  if (!quarter) return { ...NOTHING_FOUND, sections: { windows: [], history: [] } };
  const day = sumSeen(reference.sha256, quarters.slice(0, QUARTERS_A_DAY));
  const comparisons = comparisonsOf(reference);
  const columns = [...reference.features, ...reference.pairs, ...reference.answers];
  const learned = new Map(
    columns.map((one) => [one, learnedFrom(one, quarters, comparisons, policy)]),
  );
  const ofQuarter: Known = (column) => learned.get(column)?.quarter;
  const ofDay: Known = (column) => learned.get(column)?.day;
  const quarterly = compareWindow(
    reference,
    quarter,
    policy,
    { at, hours: QUARTER_HOURS },
    ofQuarter,
  );
  const daily = compareWindow(reference, day, policy, { at, hours: DAY_HOURS }, ofDay);
  const windows = [quarterly, daily];
  const scores = reference.answers.find(({ name }) => name === 'scores');
  const estimated = estimateOf(reference, day, policy, (scores && ofDay(scores)?.[2]) ?? 1);
  const dependence = strandsOf(
    [
      ...(reference.pairs.every((pair) => learned.get(pair)?.isLearned) ? [quarterly] : []),
      ...(isWholeDay(quarters) ? [daily] : []),
    ],
    (window) => window.dependence,
  );
  const notes = windows.flatMap((window) => notesOn(window, policy));
  const left = reference.features.length - daily.features.length;
  const isUnpaired = reference.pairs.length > 0 && daily.dependence === undefined;
  return {
    sections: {
      windows,
      history: historyOf(reference, quarters, at, policy, quarterly, ofQuarter),
      ...(estimated && { accuracy: { estimated } }),
    },
    strands: {
      'input-drift': strandsOf(windows, ({ inputs }) => inputs),
      ...(Object.keys(dependence).length > 0 && { 'dependence-drift': dependence }),
      'prediction-drift': strandsOf(windows, ({ answers }) => answers),
      ...(estimated &&
        estimated.outcome !== 'INSUFFICIENT_DATA' && {
          'estimated-accuracy': { day: estimated.ratios },
        }),
    },
    notes: [
      ...notes,
      ...(left > 0 && day.counted > 0
        ? [`${left} features were not compared: not every process had room to count them.`]
        : []),
      ...(isUnpaired && day.counted > 0
        ? ['Dependence of features was not compared: not every process counted their pairs.']
        : []),
    ],
  };
}

/** Everything is compared in two windows. */
const comparisonsOf = ({ features, pairs, answers }: Reference): number =>
  2 * (features.length + pairs.length + answers.length);

type Length = { readonly at: number; readonly hours: number };
type Known = (column: ReferenceColumn) => FeatureOverdispersion | undefined;

/**
 * Dependence often has a daily cycle where the features themselves have none. Until it is learned only
 * whole days tell of it.
 */
const isWholeDay = (quarters: readonly Seen[]): boolean =>
  quarters.slice(QUARTERS_A_DAY - 1).some(({ counted }) => counted > 0);

function compareWindow(
  reference: Reference,
  seen: Seen,
  policy: MonitoringPolicy,
  { at, hours }: Length,
  known: Known,
): WindowReport {
  const compare = columnComparison(reference, known);
  const reportOf = (column: ReferenceColumn): ComparedReport | undefined => {
    const counts = column.of(seen);
    const compared = counts && compare(column, counts);
    return compared && comparedReport(column.name, compared, policy);
  };
  const reports = reference.features.map(reportOf);
  const features = gravestFirst(reports.filter((report) => report !== undefined));
  const outcomes = reports.map((report) => report?.outcome);
  const dependence = comparePairs(reference, seen, outcomes, compare, policy);
  const [answers] = gravestFirst(
    reference.answers.map(reportOf).filter((report) => report !== undefined),
  );
  const { from, to } = hoursUpTo(at, hours);
  return {
    hours,
    from: isoTime(from * HOUR_MS),
    to: isoTime(Math.min(at, to * HOUR_MS)),
    requests: seen.requests,
    rows: seen.rows,
    counted: seen.counted,
    inputs: withLists(
      judgeInputs(
        features.map((verdict) => ({ name: verdict.name, verdict })),
        policy,
      ),
    ),
    features,
    ...(dependence && { dependence }),
    ...(answers && { answers }),
  };
}

const withLists = (inputs: ReturnType<typeof judgeInputs>): WindowReport['inputs'] => ({
  ...inputs,
  drifted: [...inputs.drifted],
});

const columnComparison =
  (reference: Reference, known: Known) =>
  (column: ReferenceColumn, current: NonNullable<ReturnType<ReferenceColumn['of']>>) => {
    const overdispersion = known(column);
    return (
      overdispersion && {
        bins: column.bins,
        reference: column.counts,
        current,
        overdispersion,
        comparisons: comparisonsOf(reference),
      }
    );
  };

/** Of the gravest features: how their windows of the last week compare, the oldest first. */
function historyOf(
  reference: Reference,
  quarters: readonly Seen[],
  at: number,
  policy: MonitoringPolicy,
  newest: WindowReport,
  known: Known,
): DriftReport['history'] {
  const compare = columnComparison(reference, known);
  const shown = new Set(newest.features.slice(0, HISTORY_FEATURES).map(({ name }) => name));
  const columns = reference.features.filter(({ name }) => shown.has(name));
  const { to } = hoursUpTo(at, 0);
  return quarters
    .map((seen, back) => ({
      at: isoTime(back === 0 ? at : (to - back * QUARTER_HOURS) * HOUR_MS),
      hours: QUARTER_HOURS,
      ratios: Object.fromEntries(
        columns.flatMap((column) => {
          const counts = column.of(seen);
          const compared = counts && compare(column, counts);
          const verdict = compared && judgeFeature(compared, policy);
          return verdict && verdict.outcome !== 'INSUFFICIENT_DATA'
            ? [[column.name, verdict.ratios.warn]]
            : [];
        }),
      ),
    }))
    .filter(({ ratios }, back) => back === 0 || Object.keys(ratios).length > 0)
    .reverse();
}

/** What of each window is judged, by its length; what is not known moves no alarm. */
function strandsOf(
  windows: readonly WindowReport[],
  of: (
    window: WindowReport,
  ) => { readonly outcome: string; readonly ratios: typeof NO_RATIOS } | undefined,
): Readonly<Record<string, typeof NO_RATIOS>> {
  return Object.fromEntries(
    windows.flatMap((window) => {
      const found = of(window);
      const strand = window.hours === QUARTER_HOURS ? 'quarter' : 'day';
      return found && found.outcome !== 'INSUFFICIENT_DATA' ? [[strand, found.ratios]] : [];
    }),
  );
}

function notesOn(
  { hours, counted, rows, inputs }: WindowReport,
  { samplesMin }: MonitoringPolicy,
): string[] {
  if (inputs.outcome !== 'INSUFFICIENT_DATA') return [];
  return [
    `Inputs of the last ${hours} h were not judged: ${counted} of ${rows} rows were counted, and a feature needs ${samplesMin}.`,
  ];
}
