import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { type Seen, sumSeen } from '#domain/monitoring/capture/seen.ts';
import type { DriftReport, WindowReport } from '#domain/monitoring/report/drift-report.ts';
import type { Ratios } from '#domain/monitoring/statistics/levels.ts';
import { columnComparison } from './compare-column.ts';
import { compareWindow } from './compare-window.ts';
import { estimateOf } from './judge-estimate.ts';
import { learnedFrom } from './quiet-windows.ts';
import type { Reference } from './reference.ts';
import { NOTHING_FOUND, type SectionFindings } from './section.ts';
import { historyOf } from './window-history.ts';
import { DAY_HOURS, QUARTER_HOURS, QUARTERS_A_DAY } from './windows.ts';

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
  const { features, pairs, answers } = reference;
  const comparisons = comparisonsOf(reference);
  const learned = new Map(
    [...features, ...pairs, ...answers].map((column) => [
      column,
      learnedFrom(column, quarters, comparisons, policy),
    ]),
  );
  const compareQuarter = columnComparison((column) => learned.get(column)?.quarter, comparisons);
  const compareDay = columnComparison((column) => learned.get(column)?.day, comparisons);
  const ofQuarter = { at, hours: QUARTER_HOURS };
  const quarterly = compareWindow(reference, quarter, ofQuarter, compareQuarter, policy);
  const daily = compareWindow(reference, day, { at, hours: DAY_HOURS }, compareDay, policy);
  const windows = [quarterly, daily];
  const scores = answers.find(({ name }) => name === 'scores');
  const estimated = estimateOf(
    reference,
    day,
    policy,
    (scores && learned.get(scores)?.day[2]) ?? 1,
  );
  const dependence = strandsOf(
    [
      ...(pairs.every((pair) => learned.get(pair)?.isLearned) ? [quarterly] : []),
      ...(isWholeDay(quarters) ? [daily] : []),
    ],
    (window) => window.dependence,
  );
  return {
    sections: {
      windows,
      history: historyOf(reference, quarters, quarterly, compareQuarter, at, policy),
      ...(estimated && { accuracy: { estimated } }),
    },
    strands: {
      'input-drift': strandsOf(windows, ({ inputs }) => inputs),
      ...(Object.keys(dependence).length > 0 && { 'dependence-drift': dependence }),
      'prediction-drift': strandsOf(windows, (window) => window.answers),
      ...(estimated &&
        estimated.outcome !== 'INSUFFICIENT_DATA' && {
          'estimated-accuracy': { day: estimated.ratios },
        }),
    },
    notes: [
      ...windows.flatMap((window) => unjudgedNote(window, policy)),
      ...(daily.counted > 0 ? uncountedNotes(reference, daily) : []),
    ],
  };
}

/** Everything is compared in two windows. */
const comparisonsOf = ({ features, pairs, answers }: Reference): number =>
  2 * (features.length + pairs.length + answers.length);

/**
 * Dependence often has a daily cycle where the features themselves have none. Until it is learned only
 * whole days tell of it.
 */
const isWholeDay = (quarters: readonly Seen[]): boolean =>
  quarters.slice(QUARTERS_A_DAY - 1).some(({ counted }) => counted > 0);

/** What of each window is judged, by its length; what is not known moves no alarm. */
function strandsOf(
  windows: readonly WindowReport[],
  of: (window: WindowReport) => { readonly outcome: string; readonly ratios: Ratios } | undefined,
): Readonly<Record<string, Ratios>> {
  return Object.fromEntries(
    windows.flatMap((window) => {
      const found = of(window);
      const strand = window.hours === QUARTER_HOURS ? 'quarter' : 'day';
      return found && found.outcome !== 'INSUFFICIENT_DATA' ? [[strand, found.ratios]] : [];
    }),
  );
}

function unjudgedNote(
  { hours, counted, rows, inputs }: WindowReport,
  { samplesMin }: MonitoringPolicy,
): string[] {
  if (inputs.outcome !== 'INSUFFICIENT_DATA') return [];
  return [
    `Inputs of the last ${hours} h were not judged: ${counted} of ${rows} rows were counted, and a feature needs ${samplesMin}.`,
  ];
}

/** What no process of the day counted, though there were rows. */
function uncountedNotes({ features, pairs }: Reference, daily: WindowReport): string[] {
  const left = features.length - daily.features.length;
  return [
    ...(left > 0
      ? [`${left} features were not compared: not every process had room to count them.`]
      : []),
    ...(pairs.length > 0 && daily.dependence === undefined
      ? ['Dependence of features was not compared: not every process counted their pairs.']
      : []),
  ];
}
