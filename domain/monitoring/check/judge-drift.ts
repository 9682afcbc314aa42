import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { type Seen, sumSeen } from '#domain/monitoring/capture/seen.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';
import { comparedReport, gravestFirst } from '#domain/monitoring/report/compared-report.ts';
import type {
  ComparedReport,
  DriftReport,
  WindowReport,
} from '#domain/monitoring/report/drift-report.ts';
import {
  type EstimatedAccuracy,
  estimateAccuracy,
} from '#domain/monitoring/statistics/estimated-accuracy.ts';
import type { NO_RATIOS } from '#domain/monitoring/statistics/levels.ts';
import type { FeatureOverdispersion } from '#domain/monitoring/statistics/overdispersion.ts';
import { judgeFeature } from './judge-feature.ts';
import { judgeInputs } from './judge-inputs.ts';
import { judgeEstimate } from './judge-outcomes.ts';
import { learnedFrom, type Overdispersion } from './quiet-windows.ts';
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
  const columns = [...reference.features, ...reference.answers];
  const learned = new Map(
    columns.map((one) => [one.name, learnedFrom(one, quarters, comparisons, policy)]),
  );
  const phi = (name: string, length: keyof Overdispersion): FeatureOverdispersion | undefined =>
    learned.get(name)?.[length];
  const windows = [
    compareWindow(reference, quarter, policy, { at, hours: QUARTER_HOURS }, (name) =>
      phi(name, 'quarter'),
    ),
    compareWindow(reference, day, policy, { at, hours: DAY_HOURS }, (name) => phi(name, 'day')),
  ];
  const estimated = estimateOf(reference, day, policy, phi('scores', 'day')?.[2] ?? 1);
  const notes = windows.flatMap((window) => notesOn(window, policy));
  const left = reference.features.length - (windows[1]?.features.length ?? 0);
  return {
    sections: {
      windows,
      history: historyOf(reference, quarters, at, policy, windows[0], (name) =>
        phi(name, 'quarter'),
      ),
      ...(estimated && { accuracy: { estimated } }),
    },
    strands: {
      'input-drift': strandsOf(windows, ({ inputs }) => inputs),
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
    ],
  };
}

/** Everything is compared in two windows. */
const comparisonsOf = ({ features, answers }: Reference): number =>
  2 * (features.length + answers.length);

type Length = { readonly at: number; readonly hours: number };
type Known = (name: string) => FeatureOverdispersion | undefined;

function compareWindow(
  reference: Reference,
  seen: Seen,
  policy: MonitoringPolicy,
  { at, hours }: Length,
  known: Known,
): WindowReport {
  const compare = columnComparison(reference, known);
  const reportsOf = (columns: readonly ReferenceColumn[]): ComparedReport[] =>
    gravestFirst(
      columns.flatMap((column) => {
        const counts = column.of(seen);
        const compared = counts && compare(column, counts);
        return compared ? [comparedReport(column.name, compared, policy)] : [];
      }),
    );
  const features = reportsOf(reference.features);
  const [answers] = reportsOf(reference.answers);
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
    const overdispersion = known(column.name);
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
  newest: WindowReport | undefined,
  known: Known,
): DriftReport['history'] {
  const compare = columnComparison(reference, known);
  const shown = new Set(newest?.features.slice(0, HISTORY_FEATURES).map(({ name }) => name));
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

function estimateOf(
  { profile }: Reference,
  { scores }: Seen,
  policy: MonitoringPolicy,
  overdispersion: number,
): NonNullable<DriftReport['accuracy']>['estimated'] {
  const known = profile.predictions?.kind === 'classes' ? profile.predictions.scores : undefined;
  const rows = scores ? scores.counts.reduce((sum, count) => sum + count, 0) : 0;
  if (!known || !scores || rows === 0) return undefined;
  const estimate: EstimatedAccuracy = estimateAccuracy(known, scores, overdispersion);
  return {
    ...judgeEstimate(estimate, rows, policy),
    rows,
    now: estimate.accuracy,
    reference: estimate.reference,
  };
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
