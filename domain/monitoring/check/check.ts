import type { DatasetPolicy } from '#domain/gates/dataset/policy.ts';
import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { type Advanced, advanced, blockOf, unmoved } from '#domain/monitoring/alarms/advance.ts';
import { standingOf } from '#domain/monitoring/alarms/standing.ts';
import type { Seen } from '#domain/monitoring/capture/seen.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';
import type { CheckKind, DriftReport, Watched } from '#domain/monitoring/report/drift-report.ts';
import { reportId } from '#domain/monitoring/report/report-id.ts';
import type { TruthSums } from '#domain/monitoring/truth/truth-sums.ts';
import type { Digest } from '#domain/registry/digest.ts';
import type { Subject } from '#domain/registry/subject.ts';
import { conceptAfter } from './concept.ts';
import { type Age, judgeDataset } from './judge-dataset.ts';
import { judgeDrift } from './judge-drift.ts';
import type { GroupSettings } from './judge-groups.ts';
import { judgePerformance } from './judge-performance.ts';
import { judgeService, type Service } from './judge-service.ts';
import type { Reference } from './reference.ts';
import type { SectionFindings } from './section.ts';
import { type Monitoring, stateOf } from './state.ts';

/** What a check of one version goes by. */
export interface CheckInput {
  readonly version: Subject & { readonly digest: Digest };
  readonly kinds: readonly CheckKind[];
  /** By a person: alarms stay as they are. */
  readonly asked: boolean;
  /** End of the windows, in ms since 1970. */
  readonly at: number;
  readonly policy: GroupSettings & {
    readonly monitoring: MonitoringPolicy;
    readonly dataset: Pick<DatasetPolicy, 'maxAgeDays'>;
  };
  /** Undefined where the version has none that is vouched for. */
  readonly reference: Reference | undefined;
  readonly state: Monitoring | undefined;
  /** Of a drift check: windows of six hours, the newest first, of up to a week. */
  readonly quarters?: readonly Seen[];
  /** Of a drift check: hours before this one are rolled up. */
  readonly rolledTo?: number;
  /** Of a performance check: of the last week's answers, by hour. */
  readonly truths?: ReadonlyMap<number, TruthSums>;
  /** Of a health check. */
  readonly service?: Service;
  /** Of a dataset check. */
  readonly age?: Age;
}

export interface Checked {
  readonly report: DriftReport;
  /** As it will be, but for what only whoever stores it knows. */
  readonly next: Monitoring;
  readonly moved: Advanced['moved'];
  /** What is to be taken out of traffic for. */
  readonly rollBackFor: readonly Watched[];
}

/** Judges a version by what was seen of it. A check that is late is for the caller to leave out. */
export function check(input: CheckInput): Checked {
  const { version, kinds, at, asked, policy, reference } = input;
  const iso = isoTime(at);
  const state = stateOf(input.state, version, at);
  const { findings, taken, waiting } = findingsOf(input, state);
  const strands = Object.assign({}, ...findings.map((one) => one.strands));
  const { moved, alarms, proposals } = asked
    ? { ...state, moved: [] }
    : advanced(state, { strands, kinds, waiting }, at, policy.monitoring);
  const sections: Partial<DriftReport> = Object.assign({}, ...findings.map((one) => one.sections));
  const { tenant, model, digest } = version;
  const unnamed: Omit<DriftReport, 'id'> = {
    schema: 'assay.drift-report/v1',
    kinds: [...kinds],
    ...{ tenant, model, version: version.version, digest, at: iso },
    ...(reference && {
      reference: { sha256: reference.sha256, rows: reference.profile.rows },
    }),
    ...sections,
    windows: findings.flatMap((one) => one.sections.windows ?? []),
    history: sections.history ?? [],
    ...accuracyOf(findings),
    alarms: asked ? unmoved(strands, state) : moved.map(shown),
    standing: standingOf(alarms),
    consequences: moved.flatMap(({ watched, begins }) =>
      begins.map((consequence) => ({ watched, consequence })),
    ),
    notes: [...notesOn(input), ...findings.flatMap(({ notes }) => notes), ...movedNotes(moved)],
  };
  const checkedAt = asked
    ? state.checkedAt
    : { ...state.checkedAt, ...Object.fromEntries(kinds.map((kind) => [kind, at])) };
  const { blockedBy: _, ...rest } = state;
  return {
    report: { ...unnamed, id: reportId(unnamed, at) },
    next: {
      ...rest,
      ...{ checkedAt, alarms, proposals, updatedAt: iso },
      ...blockOf(alarms, state, at),
      ...(asked
        ? {}
        : { ...taken, concept: conceptAfter(taken.concept, isConceptOver(state.alarms, moved)) }),
      ...(input.rolledTo !== undefined && { rolledTo: input.rolledTo }),
    },
    moved,
    rollBackFor: moved
      .filter(({ begins }) => begins.includes('roll-back'))
      .map(({ watched }) => watched),
  };
}

interface Found {
  readonly findings: readonly SectionFindings[];
  /** What the state remembers of it, so that nothing is judged twice. */
  readonly taken: Pick<Monitoring, 'concept' | 'service' | 'labels'>;
  /** What some came of, before this check or with it, that was or is too little to be judged by. */
  readonly waiting: readonly Watched[];
}

function findingsOf(input: CheckInput, state: Monitoring): Found {
  const { at, policy, reference, quarters, truths, service, age } = input;
  const { monitoring } = policy;
  const performance = truths && judgePerformance(truths, reference, state, at, policy);
  const served = service && judgeService(service, at, monitoring);
  return {
    findings: [
      ...(quarters && reference ? [judgeDrift(reference, quarters, at, monitoring)] : []),
      ...(performance ? performance.findings : []),
      ...(served ? [served] : []),
      ...(age ? [judgeDataset(age, policy.dataset)] : []),
    ],
    taken: {
      concept: performance?.concept ?? state.concept,
      ...(performance?.labels && { labels: performance.labels }),
      ...(served && { service: served.taken }),
    },
    // Not errors: they are judged once a day at least, by whatever came.
    waiting: state.service?.latency || served?.taken.latency ? ['latency'] : [],
  };
}

/** Not by a lapse: what comes after it would be compared with what it was raised by. */
const isConceptOver = (before: Monitoring['alarms'], moved: Advanced['moved']): boolean =>
  moved.some(
    ({ watched, change, alarm }) =>
      watched === 'concept-drift' &&
      (change === 'cleared' || (before[watched]?.lapsed && !alarm.lapsed && alarm.raised === null)),
  );

/** Estimated by a drift check, measured by one of performance. */
function accuracyOf(findings: readonly SectionFindings[]): Pick<DriftReport, 'accuracy'> {
  const accuracy = Object.assign({}, ...findings.map(({ sections }) => sections.accuracy));
  return Object.keys(accuracy).length > 0 ? { accuracy } : {};
}

const shown = ({
  alarm,
  watched,
  isJudged,
  change,
}: Advanced['moved'][number]): DriftReport['alarms'][number] => ({
  watched,
  outcome: !isJudged ? 'INSUFFICIENT_DATA' : alarm.ratios.warn >= 1 ? 'DRIFT' : 'STABLE',
  ratios: alarm.ratios,
  raised: alarm.raised,
  change,
});

const notesOn = ({ quarters, truths, reference }: CheckInput): string[] =>
  reference || !(quarters || truths)
    ? []
    : [
        'Inputs, answers and accuracy were not judged: the performance gate left no reference profile of this version.',
      ];

const movedNotes = (moved: Advanced['moved']): string[] => [
  ...moved.flatMap(({ watched, isJudged, change, alarm: { raised, lapsed } }) =>
    isJudged && change !== 'lapsed'
      ? []
      : [
          lapsed
            ? `How ${watched} stands is not known: it was at ${lapsed.level}, and nothing came that it could be judged by for too long.`
            : `The alarm of ${watched} is ${raised ? `at ${raised}` : 'over'}: what it was raised by was not found again for a day or more.`,
        ],
  ),
  ...moved.flatMap(({ watched, withheld }) =>
    withheld
      ? [
          `No retraining was proposed for ${watched}: ${withheld === 'budget' ? "the day's budget is used up" : 'the last proposal is too recent'}.`,
        ]
      : [],
  ),
];
