import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { HOUR_MS } from '#domain/monitoring/capture/seen.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';
import { comparedReport } from '#domain/monitoring/report/compared-report.ts';
import type { ComparedReport, DriftReport } from '#domain/monitoring/report/drift-report.ts';
import {
  type FeatureOverdispersion,
  INDEPENDENT_ROWS,
} from '#domain/monitoring/statistics/overdispersion.ts';
import type { Labelled } from '#domain/monitoring/truth/labelled.ts';
import type { Moments } from '#domain/rollout/observation.ts';
import { judgeInputs } from './judge-inputs.ts';
import { judgeOutcomes } from './judge-outcomes.ts';
import type { Reference } from './reference.ts';
import type { ReferenceScore } from './reference-score.ts';
import { NOTHING_FOUND, type SectionFindings } from './section.ts';

/** The true labels of the latest labelled rows, beside those that the version was judged on. */
export function judgeLabels(
  { labels }: Pick<Reference, 'labels'>,
  { hours, sums }: Labelled,
  policy: MonitoringPolicy,
  overdispersion = 1,
): SectionFindings<Pick<DriftReport, 'windows'>> {
  const found = Object.entries(sums.labels);
  const bins = labels?.bins;
  if (!labels || bins?.kind !== 'categorical' || found.length === 0) {
    return { ...NOTHING_FOUND, sections: { windows: [] } };
  }
  const counts = new Float64Array(bins.known + 1);
  const unknown = new Map<string, number>();
  const namesAll = bins.unnamed > bins.places.size;
  for (const [label, count] of found) {
    const place = bins.places.get(label);
    if (place === undefined && namesAll) unknown.set(label, count);
    const bin = place ?? bins.unnamed;
    counts[bin] = (counts[bin] as number) + count;
  }
  const compared: ComparedReport = comparedReport(
    'labels',
    {
      bins,
      reference: labels.counts,
      current: { counts, ends: new Float64Array(2) },
      overdispersion: times(overdispersion),
      comparisons: 1,
    },
    policy,
  );
  const { from, to } = hours;
  return {
    sections: {
      windows: [
        {
          hours: Math.max(1, to - from),
          from: isoTime(from * HOUR_MS),
          to: isoTime(to * HOUR_MS),
          requests: 0,
          rows: sums.rows,
          counted: 0,
          inputs: { ...judgeInputs([], policy), drifted: [] },
          features: [],
          labels: compared,
        },
      ],
    },
    strands:
      compared.outcome === 'INSUFFICIENT_DATA'
        ? {}
        : { 'label-drift': { labels: compared.ratios } },
    notes: unknown.size > 0 ? [unknownLabels(unknown, [...bins.places.keys()])] : [],
  };
}

/** Rows that come to so many times the variance of independent ones, however they are grouped. */
const times = (overdispersion: number): FeatureOverdispersion =>
  Object.fromEntries(
    Object.entries(INDEPENDENT_ROWS).map(([groups, one]) => [groups, one * overdispersion]),
  ) as FeatureOverdispersion;

const SHOWN = 5;

/** Most often a client sends the index of a class, or another system's name of it. */
function unknownLabels(unknown: ReadonlyMap<string, number>, known: readonly string[]): string {
  const rows = [...unknown.values()].reduce((sum, count) => sum + count, 0);
  const quoted = (labels: readonly string[]) =>
    labels
      .slice(0, SHOWN)
      .map((label) => JSON.stringify(label))
      .join(', ');
  return `${rows} rows came true with labels that the version was not judged on, such as ${quoted([...unknown.keys()])}; expected those of its classes, such as ${quoted(known)}: send class names.`;
}

/** The scores of the latest labelled rows beside those of the judging rows. */
export function judgeAccuracy(
  reference: ReferenceScore,
  { sums }: Labelled,
  policy: MonitoringPolicy,
  overdispersion = 1,
): SectionFindings<Pick<DriftReport, 'accuracy'>> {
  const { rows } = sums;
  if (rows === 0) return NOTHING_FOUND;
  const now = momentsOf(sums, reference.unit);
  const verdict = judgeOutcomes(reference.moments, now, policy, overdispersion);
  const measured = { ...verdict, rows, now: now.mean, reference: reference.moments.mean };
  const isKnown = verdict.outcome !== 'INSUFFICIENT_DATA';
  return {
    sections: { accuracy: { measured } },
    strands: isKnown ? { accuracy: { labels: verdict.ratios } } : {},
    notes: isKnown
      ? []
      : [`Accuracy was not judged: ${rows} labelled rows, and it takes ${policy.samplesMin}.`],
  };
}

function momentsOf({ rows, score, squares }: Labelled['sums'], unit: number): Moments {
  const mean = score / rows;
  return {
    count: rows,
    mean: mean / unit,
    m2: Math.max(0, squares - score * mean) / unit ** 2,
  };
}
