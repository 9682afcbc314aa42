import { LEVELS, type Level, type MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';
import { greatest, type Ratios } from '#domain/monitoring/statistics/levels.ts';
import {
  type AlarmState,
  afterCheck,
  afterSilence,
  type Change,
  changeOf,
  FOR_EVER,
  isUnrefuted,
  QUIET,
} from './hysteresis.ts';
import { severityOf } from './severity.ts';

/**
 * The alarm of a watched quantity. Windows of several lengths each have a state of their own, and
 * the gravest of them counts: a mean over a day is quiet where a quarter of it is not.
 */
export interface WatchedAlarm {
  readonly raised: Level | null;
  /** ISO 8601, UTC; while raised. */
  readonly since?: string;
  /** The level that was left although no check had found otherwise; until one does, or it is raised again. */
  readonly lapsed?: Lapsed;
  /** When the latest window that was judged ended, in ms since 1970. */
  readonly checkedAt: number;
  /** Of the latest check, the greatest of its windows; none where that judged none. */
  readonly ratios: Ratios;
  /** By window. */
  readonly strands: Readonly<Record<string, AlarmState>>;
}

interface Lapsed {
  readonly level: Level;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** What a check found of one watched quantity, by window; windows without enough data are left out. */
export type Strands = Readonly<Record<string, Ratios>>;

type Settings = Pick<MonitoringPolicy, 'raiseAfter' | 'raiseOf' | 'clearAfter' | 'clearBelow'>;

/**
 * The alarm after one more check of some of its windows. A window that cannot be judged keeps its
 * level for a while: for ever it would hold back the version that mends what raised it.
 *
 * @param kept how long a level stands by itself
 */
export function afterStrands(
  known: WatchedAlarm | undefined,
  found: Strands,
  at: number,
  settings: Settings,
  kept = FOR_EVER,
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
    Object.entries(judged).map(([strand, state]) => [strand, afterSilence(state, at, kept)]),
  );
  const stands = Object.entries(strands).every(([strand, state]) => state === judged[strand]);
  if (news.length === 0 && stands) return { alarm: known, change: 'none' };
  const raised = gravest(Object.values(strands).map((state) => state.raised));
  const before = known?.raised ?? null;
  const ratios = greatest(news.map(([, one]) => one));
  const left = leftBySilence(judged, strands);
  const isOpen = (level: Level): boolean =>
    severityOf(level) > severityOf(raised) &&
    (news.length === 0 || ratios[level] >= settings.clearBelow);
  const lapses = [
    ...(known?.lapsed ? [known.lapsed] : []),
    ...(left ? [{ level: left, at: isoTime(at) }] : []),
  ].filter(({ level }) => isOpen(level));
  const lapsed = lapses.find(({ level }) => level === gravest(lapses.map((one) => one.level)));
  const since = known?.since ?? isoTime(at);
  return {
    alarm: {
      raised,
      ...(raised !== null && { since }),
      ...(lapsed && { lapsed }),
      checkedAt: news.length > 0 ? at : (known?.checkedAt ?? at),
      ...{ ratios, strands },
    },
    change: left && isOpen(left) ? 'lapsed' : changeOf(before, raised),
  };
}

type States = WatchedAlarm['strands'];

/** The gravest of the levels that windows were at, when last judged, and are not any more. */
const leftBySilence = (before: States, now: States): Level | null =>
  gravest(
    Object.entries(before)
      .filter(([strand, state]) => state !== now[strand] && isUnrefuted(state))
      .map(([, { raised }]) => raised),
  );

/** What an alarm holds promotions back by: the level that it is at, or had when it lapsed. */
export const heldLevel = (alarm: WatchedAlarm | undefined): Level | null =>
  gravest([alarm?.raised ?? null, alarm?.lapsed?.level ?? null]);

export const gravest = (levels: readonly (Level | null)[]): Level | null =>
  LEVELS.findLast((level) => levels.includes(level)) ?? null;
