import { LEVELS, type Level, type MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';
import { greatest, type Ratios } from '#domain/monitoring/statistics/levels.ts';
import {
  type AlarmState,
  afterCheck,
  afterSilence,
  type Change,
  changeOf,
  QUIET,
} from './hysteresis.ts';

/**
 * The alarm of a watched quantity. Windows of several lengths each have a state of their own, and
 * the gravest of them counts: a mean over a day is quiet where a quarter of it is not.
 */
export interface WatchedAlarm {
  readonly raised: Level | null;
  /** ISO 8601, UTC; while raised. */
  readonly since?: string;
  /** When the latest window that was judged ended, in ms since 1970. */
  readonly checkedAt: number;
  /** Of the latest check, the greatest of its windows; none where that judged none. */
  readonly ratios: Ratios;
  /** By window. */
  readonly strands: Readonly<Record<string, AlarmState>>;
}

/** What a check found of one watched quantity, by window; windows without enough data are left out. */
export type Strands = Readonly<Record<string, Ratios>>;

type Settings = Pick<MonitoringPolicy, 'raiseAfter' | 'raiseOf' | 'clearAfter' | 'clearBelow'>;

/**
 * The alarm after one more check of some of its windows. A window that cannot be judged keeps its
 * level for a while: for ever it would hold back the version that mends what raised it.
 *
 * @param keptMs how long a level stands that no check finds again
 */
export function afterStrands(
  known: WatchedAlarm | undefined,
  found: Strands,
  at: number,
  settings: Settings,
  keptMs = Number.POSITIVE_INFINITY,
): { readonly alarm: WatchedAlarm | undefined; readonly change: Change } {
  const news = Object.entries(found).filter(
    ([strand]) => at > (known?.strands[strand]?.checkedAt ?? 0),
  );
  const judged = {
    ...known?.strands,
    ...Object.fromEntries(
      news.map(([strand, ratios]) => {
        const before = known?.strands[strand] ?? QUIET;
        return [strand, afterCheck(before, { at, ratios }, settings).state];
      }),
    ),
  };
  const strands = Object.fromEntries(
    Object.entries(judged).map(([strand, state]) => [strand, afterSilence(state, at, keptMs)]),
  );
  const stands = Object.entries(strands).every(([strand, state]) => state === judged[strand]);
  if (news.length === 0 && stands) return { alarm: known, change: 'none' };
  const raised = gravest(Object.values(strands).map((state) => state.raised));
  const change = changeOf(known?.raised ?? null, raised);
  const since = known?.since ?? isoTime(at);
  return {
    alarm: {
      raised,
      ...(raised !== null && { since }),
      checkedAt: news.length > 0 ? at : (known?.checkedAt ?? at),
      ratios: greatest(news.map(([, ratios]) => ratios)),
      strands,
    },
    change,
  };
}

export const gravest = (levels: readonly (Level | null)[]): Level | null =>
  LEVELS.findLast((level) => levels.includes(level)) ?? null;
