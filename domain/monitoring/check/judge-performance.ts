import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { totalOf } from '#domain/monitoring/statistics/chi-square.ts';
import { type Labelled, latestLabelled } from '#domain/monitoring/truth/labelled.ts';
import { classOneOf } from '#domain/monitoring/truth/sums-of-tallies.ts';
import type { TruthSums } from '#domain/monitoring/truth/truth-sums.ts';
import type { Concept } from './concept.ts';
import { judgeConcept } from './concept.ts';
import { freshLabels, type TakenLabels, withoutTold } from './fresh-labels.ts';
import { judgeCalibration } from './judge-calibration.ts';
import { type GroupSettings, judgeGroups } from './judge-groups.ts';
import { judgeAccuracy, judgeLabels } from './judge-labels.ts';
import type { Reference } from './reference.ts';
import { referenceScore } from './reference-score.ts';
import type { SectionFindings } from './section.ts';
import { DAY_HOURS, type HourRange, hoursOf, hoursUpTo } from './windows.ts';

interface Known {
  readonly concept: Concept;
  readonly labels?: TakenLabels | undefined;
}

interface Judged {
  readonly findings: readonly SectionFindings[];
  readonly concept: Concept;
  /** What the state remembers, once alarms were moved by it. */
  readonly labels: TakenLabels | undefined;
}

/**
 * What late labels say: of accuracy, calibration, groups, the labels themselves and the concept. The
 * latest of them are reported each time. Alarms move by rows that no check has judged by, once there
 * are enough: the same rows are no second finding.
 */
export function judgePerformance(
  truths: ReadonlyMap<number, TruthSums>,
  reference: Reference | undefined,
  known: Known,
  at: number,
  policy: GroupSettings,
): Judged {
  const { monitoring } = policy;
  const { to } = hoursUpTo(at, 0);
  const latest = latestLabelled(truths, to, monitoring.samplesMin);
  if (latest.sums.rows === 0)
    return { findings: [note(NO_LABELS)], ...known, labels: known.labels };
  const { from } = hoursUpTo(at, 7 * DAY_HOURS);
  const fresh = freshLabels(truths, known.labels, from, classesOf(reference));
  const isEnough = fresh.sums.rows >= monitoring.samplesMin;
  // The first time nothing was judged before, and the latest rows are the ones to go by.
  const isNewer = isEnough && known.labels !== undefined;
  const latestHours = hoursWithin(truths, latest.hours);
  const overdispersion = truthsOfUnit(isNewer ? fresh.hours : latestHours);
  const labelled = isNewer ? { ...latest, sums: fresh.sums } : latest;
  const told = judgeTold(
    { sums: fresh.sums, hours: fresh.toldHours },
    { sums: latest.sums, hours: latestHours },
    known.labels === undefined,
    monitoring,
  );
  const findings = [
    told.findings,
    ...judgeLabelled(labelled, reference, overdispersion, policy),
    ...(isEnough || latest.sums.rows < monitoring.samplesMin
      ? []
      : [note(notEnough(fresh.sums.rows, monitoring.samplesMin))]),
    ...(fresh.groupsLeftOut > 0 ? [note(leftOut(fresh.groupsLeftOut))] : []),
  ];
  const drifting = conceptOf(truths, reference, known.concept, monitoring);
  const taken = told.moves ? fresh.taken : withoutTold(fresh.taken, known.labels);
  return {
    findings: [
      ...(isEnough ? findings : findings.map((one) => ({ ...one, strands: {} }))),
      ...(drifting ? [drifting] : []),
    ],
    concept: drifting?.next ?? known.concept,
    labels: isEnough ? taken : known.labels,
  };
}

const classesOf = (reference: Reference | undefined): readonly string[] => {
  const bins = reference?.labels?.bins;
  return bins?.kind === 'categorical' ? [...bins.places.keys()] : [];
};

/**
 * A unit tells one truth an hour (ADR 0018), and its truths of a day may be alike: rows of that many
 * hours vary by so many times as much as independent ones, at most. More than a day's are not counted
 * on to be of the same units.
 */
const truthsOfUnit = (hours: number): number => Math.max(1, Math.min(DAY_HOURS, hours));

const hoursWithin = (truths: ReadonlyMap<number, TruthSums>, { from, to }: HourRange): number =>
  hoursOf({ from, to }).filter((hour) => (truths.get(hour)?.rows ?? 0) > 0).length;

interface Told {
  readonly sums: TruthSums;
  readonly hours: number;
}

/**
 * Whether probabilities mean what they say. Few clients tell them, so those that no check has judged
 * by wait for as many as it takes; the latest are shown meanwhile.
 */
function judgeTold(fresh: Told, latest: Told, isFirst: boolean, policy: MonitoringPolicy) {
  const isEnough = ({ sums }: Told): boolean => totalOf(sums.scored.counts) >= policy.samplesMin;
  const judged = isFirst && isEnough(latest) ? latest : fresh;
  const moves = isEnough(judged);
  const { sums, hours } = moves ? judged : latest;
  const found = judgeCalibration(sums, policy, truthsOfUnit(hours));
  if (moves || !isEnough(latest)) return { moves, findings: found };
  const waiting = waitingForTold(totalOf(fresh.sums.scored.counts), policy.samplesMin);
  return { moves, findings: { ...found, strands: {}, notes: [waiting] } };
}

function judgeLabelled(
  labelled: Labelled,
  reference: Reference | undefined,
  overdispersion: number,
  policy: GroupSettings,
): readonly SectionFindings[] {
  const { monitoring } = policy;
  const predictions = reference?.profile.predictions;
  const isTwoClass = classOneOf(predictions) !== undefined;
  const groups = judgeGroups(labelled.sums.groups, policy, isTwoClass);
  if (!reference || !predictions) return [groups];
  const score = referenceScore(predictions);
  return [
    groups,
    judgeLabels(reference, labelled, monitoring, overdispersion),
    score ? judgeAccuracy(score, labelled, monitoring, overdispersion) : note(NO_SCORE),
  ];
}

function conceptOf(
  truths: ReadonlyMap<number, TruthSums>,
  reference: Reference | undefined,
  known: Concept,
  policy: MonitoringPolicy,
): ReturnType<typeof judgeConcept> | undefined {
  const predictions = reference?.profile.predictions;
  const score = predictions && referenceScore(predictions);
  return score && judgeConcept(known, truths, score, predictions.kind === 'classes', policy);
}

const notEnough = (rows: number, samplesMin: number): string =>
  `Labels moved no alarm: ${rows} labelled rows came since they last did, and it takes ${samplesMin}.`;

const waitingForTold = (rows: number, samplesMin: number): string =>
  `Calibration moved no alarm: ${rows} labelled rows told their probability since it last did, and it takes ${samplesMin}.`;

const leftOut = (groups: number): string =>
  `Groups were not all judged: ${groups} of those that labels name on a day are more than is remembered; send attributes of few values, not such as tell persons apart.`;

const NO_LABELS = 'Accuracy was not measured: no label came for the answers of the last week.';
const NO_SCORE =
  'Accuracy was not measured: the reference profile has no scores of the judging rows to compare with; release the version again.';

const note = (text: string): SectionFindings => ({ sections: {}, strands: {}, notes: [text] });
