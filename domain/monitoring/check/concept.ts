import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import type { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { afterAnswer, type DriftDetection, NO_ANSWERS } from '#domain/monitoring/statistics/ddm.ts';
import {
  afterLoss,
  NO_LOSSES,
  type PageHinkley,
  rise,
} from '#domain/monitoring/statistics/page-hinkley.ts';
import type { TruthSums } from '#domain/monitoring/truth/truth-sums.ts';
import { reachesUpTo } from './reached.ts';
import type { ReferenceScore } from './reference-score.ts';
import type { SectionFindings } from './section.ts';

/** What has been learned of a version's late labels, each of which counts once. */
export interface Concept {
  readonly pageHinkley: PageHinkley;
  readonly ddm: DriftDetection;
  /** How the detection method stood after the last labels. */
  readonly warning: boolean;
  /** Since the alarm last went by it: how far the sum had risen then, and the rows that came. */
  readonly unjudged?: { readonly rise: number; readonly rows: number };
  /** Labelled rows that have been taken, by hour of their answers; of the hours still read. */
  readonly taken: Readonly<Record<string, Taken>>;
}

interface Taken {
  readonly rows: number;
  readonly score: number;
}

/** Once its alarm is over, the test begins anew: what it was raised by must not raise it again. */
export const conceptAfter = (concept: Concept, isOver: boolean): Concept =>
  isOver ? { ...NO_CONCEPT, taken: concept.taken } : concept;

export const NO_CONCEPT: Concept = {
  pageHinkley: NO_LOSSES,
  ddm: NO_ANSWERS,
  warning: false,
  taken: {},
};

/** Rows of an hour that are taken one by one; more of them stand for their mean. */
const ROWS_MAX = 100_000;

/** A version that never erred on its judging rows is taken to have erred once: its losses need a unit. */
function deviationOf({ moments: { count, m2 }, unit }: ReferenceScore): number {
  const least = unit === 1 && count > 1 ? 1 - 1 / count : 0;
  return count > 0 ? Math.sqrt(Math.max(m2, least) / count) : 0;
}

/**
 * Page and Hinkley's test over the labels that came since the last check, hours in order, and the
 * detection method beside it, which only warns. Of an hour the sums are known, not the order of its
 * rows: the test takes each as the hour's mean, which adds up to the same, and the method spreads
 * wrong answers evenly. Rows that add to a rise beyond the limit are found at once; against one speak
 * only as many as are judged together.
 *
 * @param truths of the hours that are read; labels of older ones are not waited for
 */
export function judgeConcept(
  known: Concept,
  truths: ReadonlyMap<number, TruthSums>,
  reference: ReferenceScore,
  classes: boolean,
  policy: MonitoringPolicy,
): SectionFindings<Pick<DriftReport, 'concept'>> & { readonly next: Concept } {
  const deviation = deviationOf(reference);
  if (!(deviation > 0)) {
    const note = 'Concept drift was not judged: the scores of the judging rows do not vary.';
    return { sections: {}, strands: {}, notes: [note], next: known };
  }
  const hours = [...truths.keys()].sort((a, b) => a - b);
  let [fresh, next] = [0, known];
  for (const hour of hours) {
    const news = newsOf(truths.get(hour), known.taken[hour]);
    if (news.rows === 0) continue;
    fresh += news.rows;
    next = afterHour(next, news, deviation * reference.unit, classes, policy);
  }
  const taken = Object.fromEntries(
    hours.map((hour) => [hour, takenOf(truths.get(hour), known.taken[hour])]),
  );
  const found = rise(next.pageHinkley);
  const ratio = found / policy.pageHinkleyLimit;
  const before = known.unjudged ?? { rise: rise(known.pageHinkley), rows: 0 };
  const rows = before.rows + fresh;
  const isFound = fresh > 0 && ratio >= 1 && found > before.rise;
  const isJudged = isFound || (fresh > 0 && rows >= policy.samplesMin);
  const unjudged = isJudged ? { rise: found, rows: 0 } : { ...before, rows };
  next = { ...next, taken, unjudged };
  return {
    sections: {
      concept: {
        outcome: fresh === 0 ? 'INSUFFICIENT_DATA' : ratio >= 1 ? 'DRIFT' : 'STABLE',
        rise: found,
        limit: policy.pageHinkleyLimit,
        warning: next.warning,
        rows: fresh,
      },
    },
    strands: isJudged
      ? {
          // A rise that falls again took thousands of labels to grow: what has come speaks against it.
          'concept-drift': { labels: reachesUpTo('page', found > before.rise ? ratio : 0) },
        }
      : {},
    notes: [],
    next,
  };
}

const takenOf = (now: TruthSums | undefined, before: Taken | undefined): Taken =>
  (now?.rows ?? 0) >= (before?.rows ?? 0)
    ? { rows: now?.rows ?? 0, score: now?.score ?? 0 }
    : (before as Taken);

const newsOf = (now: TruthSums | undefined, before: Taken = { rows: 0, score: 0 }): Taken =>
  now && now.rows > before.rows
    ? { rows: now.rows - before.rows, score: now.score - before.score }
    : { rows: 0, score: 0 };

function afterHour(
  state: Concept,
  { rows, score }: Taken,
  deviation: number,
  classes: boolean,
  { pageHinkleyTolerance }: MonitoringPolicy,
): Concept {
  const taken = Math.min(ROWS_MAX, rows);
  const mean = score / rows;
  let { pageHinkley, ddm, warning } = state;
  for (let row = 0; row < taken; row++) {
    pageHinkley = afterLoss(pageHinkley, -mean / deviation, pageHinkleyTolerance);
  }
  if (!classes) return { ...state, pageHinkley };
  const wrong = Math.round((1 - mean) * taken);
  for (let row = 0; row < taken; row++) {
    const isWrong = Math.floor(((row + 1) * wrong) / taken) > Math.floor((row * wrong) / taken);
    const after = afterAnswer(ddm, isWrong);
    ddm = after.state;
    warning = after.outcome !== 'stable';
  }
  return { ...state, pageHinkley, ddm, warning };
}
