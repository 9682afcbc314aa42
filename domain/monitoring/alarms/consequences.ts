import { LEVELS, type Level, type MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { HOUR_MS } from '#domain/monitoring/capture/seen.ts';
import type { Watched } from '#domain/monitoring/report/drift-report.ts';
import type { Change } from './hysteresis.ts';

/** What users felt: only that may take a version out of service. */
export const OUTCOMES: ReadonlySet<Watched> = new Set(['accuracy', 'errors', 'latency']);
/** What no new training data mends. */
const OF_SERVING: ReadonlySet<Watched> = new Set(['errors', 'latency']);

export type Consequence = 'warn' | 'propose-retraining' | 'page' | 'block-promotion' | 'roll-back';

/** When the retrainings of a model were proposed, in ms since 1970, the newest last. */
export interface Proposals {
  readonly proposedAt: readonly number[];
}

export const NO_PROPOSALS: Proposals = { proposedAt: [] };

export interface Consequences {
  /** What begins now. */
  readonly begins: readonly Consequence[];
  /** Why no retraining was proposed although the level asks for it. */
  readonly withheld?: 'cool-down' | 'budget';
  readonly proposals: Proposals;
}

export interface Alarm {
  readonly watched: Watched;
  readonly raised: Level | null;
  readonly change: Change;
}

/**
 * What follows from an alarm's state: it warns from the first level on, proposes retraining, pages
 * and blocks promotions. Drift never rolls back, outcomes do. Nothing begins again before the alarm
 * rises further but a retraining, which is proposed whenever it may be for as long as the alarm asks
 * for one.
 *
 * @param now ms since 1970
 */
export function consequencesOf(
  { watched, raised, change }: Alarm,
  proposals: Proposals,
  now: number,
  policy: Pick<MonitoringPolicy, 'retrainingCoolDownHours' | 'retrainingsPerDay'>,
): Consequences {
  const reaches = (level: Level): boolean =>
    raised !== null && LEVELS.indexOf(raised) >= LEVELS.indexOf(level);
  const rises = change === 'raised' || change === 'escalated';
  const begins: Consequence[] = [];
  if (rises) begins.push('warn');
  const asks = reaches('retrain') && !OF_SERVING.has(watched);
  const withheld = asks ? withheldBy(proposals, now, policy) : undefined;
  const proposes = asks && withheld === undefined;
  if (proposes) begins.push('propose-retraining');
  if (rises && reaches('page')) begins.push('page', 'block-promotion');
  if (rises && reaches('critical') && OUTCOMES.has(watched)) begins.push('roll-back');
  return {
    begins,
    ...(withheld && { withheld }),
    proposals: proposes ? { proposedAt: [...recent(proposals, now), now] } : proposals,
  };
}

const DAY_MS = 24 * HOUR_MS;

function withheldBy(
  proposals: Proposals,
  now: number,
  policy: Pick<MonitoringPolicy, 'retrainingCoolDownHours' | 'retrainingsPerDay'>,
): 'cool-down' | 'budget' | undefined {
  const last = proposals.proposedAt.at(-1);
  if (last !== undefined && now - last < policy.retrainingCoolDownHours * HOUR_MS) {
    return 'cool-down';
  }
  return recent(proposals, now).length >= policy.retrainingsPerDay ? 'budget' : undefined;
}

const recent = ({ proposedAt }: Proposals, now: number): readonly number[] =>
  proposedAt.filter((at) => now - at < DAY_MS);
