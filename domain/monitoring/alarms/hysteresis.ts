import { LEVELS, type Level, type MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import type { Ratios } from '#domain/monitoring/statistics/levels.ts';

/** What is remembered of a watched quantity between its checks. */
export interface AlarmState {
  /** When the window of the latest check ended, in ms since 1970. */
  readonly checkedAt: number;
  /** Ratios of the latest checks, the newest last. */
  readonly recent: readonly Ratios[];
  readonly raised: Level | null;
  /** When a check last found what the level is held by; while raised. */
  readonly foundAt?: number;
}

export const QUIET: AlarmState = { checkedAt: 0, recent: [], raised: null };

/** `lapsed` is left for want of anything to judge it by: how things are is not known. */
export type Change = 'raised' | 'escalated' | 'eased' | 'cleared' | 'lapsed' | 'none';

type Settings = Pick<MonitoringPolicy, 'raiseAfter' | 'raiseOf' | 'clearAfter' | 'clearBelow'>;

/**
 * The state after one more check: a level is raised when two of the last three checks reach it, and
 * left after two in a row below 80 % of its limit (the numbers are the policy's). A check that came
 * before, or comes late, changes nothing; nor does one without enough data, which the caller leaves out.
 */
export function afterCheck(
  state: AlarmState,
  check: { readonly at: number; readonly ratios: Ratios },
  settings: Settings,
): { readonly state: AlarmState; readonly change: Change } {
  if (check.at <= state.checkedAt) return { state, change: 'none' };
  const kept = Math.max(settings.raiseOf, settings.clearAfter);
  const recent = [...state.recent, check.ratios].slice(-kept);
  const raised = raisedLevel(state.raised, recent, settings) ?? null;
  return {
    state: {
      ...{ checkedAt: check.at, recent, raised },
      ...(raised && { foundAt: foundAt(state, raised, check, settings) }),
    },
    change: changeOf(state.raised, raised),
  };
}

function foundAt(
  { foundAt: before, raised: was }: AlarmState,
  raised: Level,
  { at, ratios }: { readonly at: number; readonly ratios: Ratios },
  { clearBelow }: Settings,
): number {
  return raised !== was || ratios[raised] >= clearBelow ? at : (before ?? at);
}

/** How long a level stands since a check last found it again, or since one last judged at all. */
export interface Kept {
  readonly ms: number;
  readonly since: 'found' | 'judged';
}

export const FOR_EVER: Kept = { ms: Number.POSITIVE_INFINITY, since: 'judged' };

/** An alarm that is kept no longer is over: what it was raised by is too old. */
export function afterSilence(state: AlarmState, at: number, { ms, since }: Kept): AlarmState {
  const { checkedAt, raised, foundAt = checkedAt } = state;
  const last = since === 'found' ? foundAt : checkedAt;
  return raised === null || at - last < ms ? state : { checkedAt, recent: [], raised: null };
}

/** Whether the latest check that judged spoke for the level that it has. */
export const isUnrefuted = ({ raised, checkedAt, foundAt = checkedAt }: AlarmState): boolean =>
  raised !== null && foundAt === checkedAt;

function raisedLevel(
  before: Level | null,
  recent: readonly Ratios[],
  { raiseAfter, raiseOf, clearAfter, clearBelow }: Settings,
): Level | undefined {
  const newest = recent.slice(-raiseOf);
  const last = recent.slice(-clearAfter);
  return LEVELS.findLast((level) => {
    if (newest.filter((ratios) => ratios[level] >= 1).length >= raiseAfter) return true;
    if (rank(before) < rank(level)) return false;
    return last.length < clearAfter || last.some((ratios) => ratios[level] >= clearBelow);
  });
}

/** What became of an alarm. */
export function changeOf(before: Level | null, now: Level | null): Change {
  const by = rank(now) - rank(before);
  if (by === 0) return 'none';
  if (by > 0) return before === null ? 'raised' : 'escalated';
  return now === null ? 'cleared' : 'eased';
}

const rank = (level: Level | null): number => (level === null ? -1 : LEVELS.indexOf(level));
