import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
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
import type { Change } from './hysteresis.ts';
import { severityOf } from './severity.ts';
import { afterStrands, type WatchedAlarm } from './watched-alarm.ts';

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

/** A day, or one check more than it takes to clear where they come less often. */
const keptFor = (kind: CheckKind, policy: MonitoringPolicy): number =>
  Math.max(DAY_MS, (policy.clearAfter + 1) * periodMs(kind, policy));

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
    const leastMs = waiting.includes(watched) ? WAITING_MS : 0;
    const keptMs = kinds.includes(kind)
      ? Math.max(leastMs, keptFor(kind, policy))
      : Number.POSITIVE_INFINITY;
    const { alarm, change } = afterStrands(before, found, at, policy, keptMs);
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

/** The alarms that hold promotions back: those that page. */
const BLOCKING = ['page', 'critical'] as const;

/**
 * Whether a promotion is held back, since when, and by what. It is another block, since now, once an
 * alarm joins it or rises within it: who let a version through despite the one before did not know that.
 */
export function blockOf(
  alarms: Monitoring['alarms'],
  before: Pick<Monitoring, 'alarms' | 'blocked' | 'blockedSince'>,
  at: number,
): Pick<Monitoring, 'blocked' | 'blockedSince' | 'blockedBy'> {
  const by = WATCHED.filter((watched) =>
    BLOCKING.some((level) => level === alarms[watched]?.raised),
  );
  if (by.length === 0) return { blocked: false };
  const raised = (of: Monitoring['alarms'], watched: Watched) => of[watched]?.raised ?? null;
  const isGraver = by.some(
    (watched) => severityOf(raised(alarms, watched)) > severityOf(raised(before.alarms, watched)),
  );
  const since = before.blocked && !isGraver ? before.blockedSince : undefined;
  return {
    blocked: true,
    blockedSince: since ?? isoTime(at),
    blockedBy: by.map((watched) => `${watched} (${alarms[watched]?.raised})`).join(', '),
  };
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
