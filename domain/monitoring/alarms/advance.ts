import type { Level, MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import type { SectionFindings } from '#domain/monitoring/check/section.ts';
import { type Monitoring, periodMs } from '#domain/monitoring/check/state.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';
import {
  type CheckKind,
  type DriftReport,
  WATCHED,
  type Watched,
} from '#domain/monitoring/report/drift-report.ts';
import { greatest, levelOf } from '#domain/monitoring/statistics/levels.ts';
import {
  type Consequence,
  type Consequences,
  consequencesOf,
  type Proposals,
} from './consequences.ts';
import { type Change, FOR_EVER, type Kept } from './hysteresis.ts';
import { severityOf } from './severity.ts';
import { afterStrands, heldLevel, type WatchedAlarm } from './watched-alarm.ts';

/** What became of an alarm, and what follows. */
interface Moved {
  readonly watched: Watched;
  readonly alarm: WatchedAlarm;
  /** Whether the check judged it; else it had raised an alarm too long ago. */
  readonly isJudged: boolean;
  readonly change: Change;
  readonly begins: readonly Consequence[];
  readonly withheld?: Consequences['withheld'];
}

export interface Advanced {
  readonly moved: readonly Moved[];
  readonly alarms: Monitoring['alarms'];
  readonly proposals: Proposals;
}

/** What a check judged; a kind without enough data judges nothing, and was made all the same. */
export interface Judged {
  readonly strands: SectionFindings['strands'];
  readonly kinds: readonly CheckKind[];
  /** What some was seen of, too little to be judged by until this check, or still. */
  readonly waiting?: readonly Watched[];
}

/** The kind of check that judges it; where none is made, an alarm stands. */
const KIND: Readonly<Record<Watched, CheckKind>> = {
  'input-drift': 'drift',
  'dependence-drift': 'drift',
  'prediction-drift': 'drift',
  'estimated-accuracy': 'drift',
  'label-drift': 'performance',
  'concept-drift': 'performance',
  calibration: 'performance',
  fairness: 'performance',
  accuracy: 'performance',
  errors: 'health',
  latency: 'health',
};

const DAY_MS = 24 * 3_600_000;

/** While what is seen waits to be judged: shorter, an alarm would end and rise with each judgement. */
const WAITING_MS = 7 * DAY_MS;

/**
 * Of what labels tell, of which nothing is learned between two batches. Those of a week's answers count,
 * so that who sends them once a week may be a week late.
 */
const LABELS_MS = 14 * DAY_MS;

/**
 * How long a level stands by itself. Where none is found for a day, or for one check more than it takes
 * to clear, it is left; labels do not come with traffic, and what they said last stands.
 */
function keptFor(kind: CheckKind, isWaiting: boolean, policy: MonitoringPolicy): Kept {
  const checksMs = (policy.clearAfter + 1) * periodMs(kind, policy);
  return kind === 'performance'
    ? { since: 'judged', ms: Math.max(LABELS_MS, checksMs) }
    : { since: 'found', ms: Math.max(isWaiting ? WAITING_MS : DAY_MS, checksMs) };
}

/**
 * Alarms after what a check found, and their consequences, in the order of `WATCHED`: what one of
 * them proposes, another need not propose again.
 */
export function advanced(
  state: Pick<Monitoring, 'alarms' | 'proposals'>,
  { strands, kinds, waiting = [] }: Judged,
  at: number,
  policy: MonitoringPolicy,
): Advanced {
  let { proposals } = state;
  const moved = WATCHED.flatMap((watched): Moved[] => {
    const found = strands[watched] ?? {};
    const before = state.alarms[watched];
    const kind = KIND[watched];
    const kept = kinds.includes(kind) ? keptFor(kind, waiting.includes(watched), policy) : FOR_EVER;
    const { alarm, change } = afterStrands(before, found, at, policy, kept);
    if (!alarm || alarm === before) return [];
    const { raised } = alarm;
    const follows = consequencesOf({ watched, raised, change }, proposals, at, policy);
    proposals = follows.proposals;
    const { begins, withheld } = follows;
    const isJudged = Object.keys(found).length > 0;
    return [{ watched, alarm, isJudged, change, begins, ...(withheld && { withheld }) }];
  });
  const alarms = {
    ...state.alarms,
    ...Object.fromEntries(moved.map(({ watched, alarm }) => [watched, alarm])),
  };
  return { moved, alarms, proposals };
}

/** Levels that hold promotions back: those that page. */
const isBlocking = (level: Level | null): boolean => level === 'page' || level === 'critical';

/**
 * Whether a promotion is held back, since when, and by what. A level that lapsed holds it back as
 * before: nothing says that it is over. It is another block, since now, once an alarm joins it or rises
 * within it: who let a version through despite the one before did not know that. The time of a block
 * that is over is kept, so that no later one gets it.
 */
export function blockOf(
  alarms: Monitoring['alarms'],
  before: Pick<Monitoring, 'alarms' | 'blocked' | 'blockedSince'>,
  at: number,
): Pick<Monitoring, 'blocked' | 'blockedSince' | 'blockedBy'> {
  const by = WATCHED.filter((watched) => isBlocking(heldLevel(alarms[watched])));
  if (by.length === 0) {
    return { blocked: false, ...(before.blockedSince && { blockedSince: before.blockedSince }) };
  }
  const severity = (of: Monitoring['alarms'], watched: Watched) =>
    severityOf(heldLevel(of[watched]));
  const isGraver = by.some(
    (watched) => severity(alarms, watched) > severity(before.alarms, watched),
  );
  const since = before.blocked && !isGraver ? before.blockedSince : undefined;
  return {
    blocked: true,
    blockedSince: since ?? later(before, at),
    blockedBy: by.map((watched) => `${watched} (${heldAs(alarms[watched])})`).join(', '),
  };
}

const heldAs = (alarm: WatchedAlarm | undefined): string =>
  alarm?.lapsed ? 'not known' : `${alarm?.raised}`;

/**
 * When another block begins: its time alone tells it from those before, which leave was given for. A
 * kind of check that faulted is made up for at the time of one that was made, or at an earlier one.
 */
function later(
  { alarms, blockedSince }: Pick<Monitoring, 'alarms' | 'blockedSince'>,
  at: number,
): string {
  if (blockedSince === undefined || isoTime(at) > blockedSince) return isoTime(at);
  const strands = Object.values(alarms).flatMap((alarm) => Object.values(alarm.strands));
  let ms = Math.max(at, ...strands.map(({ checkedAt }) => checkedAt));
  while (isoTime(ms) <= blockedSince) ms++;
  return isoTime(ms);
}

/** What a person asked for: the same findings, with alarms as they stand. */
export const unmoved = (
  strands: SectionFindings['strands'],
  { alarms }: Pick<Monitoring, 'alarms'>,
): DriftReport['alarms'] =>
  WATCHED.flatMap((watched) => {
    const found = strands[watched];
    if (!found) return [];
    const ratios = greatest(Object.values(found));
    const outcome = levelOf(ratios) ? 'DRIFT' : 'STABLE';
    return [{ watched, outcome, ratios, raised: alarms[watched]?.raised ?? null, change: 'none' }];
  });
