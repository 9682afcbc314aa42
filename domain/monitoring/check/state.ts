import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { NO_PROPOSALS, type Proposals } from '#domain/monitoring/alarms/consequences.ts';
import type { WatchedAlarm } from '#domain/monitoring/alarms/watched-alarm.ts';
import { HOUR_MS } from '#domain/monitoring/capture/seen.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';
import { CHECKS, type CheckKind, type Watched } from '#domain/monitoring/report/drift-report.ts';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import type { Digest } from '#domain/registry/digest.ts';
import type { Subject } from '#domain/registry/subject.ts';
import { type Concept, NO_CONCEPT } from './concept.ts';
import type { FaultedKinds } from './faulted.ts';
import type { TakenLabels } from './fresh-labels.ts';
import type { TakenService } from './served.ts';

/** A rollback that a check found to be due, until it has been asked for. */
export interface OwedRollback {
  readonly reason: string;
  readonly watched: readonly Watched[];
  /** Generation of the route that the harm was seen under. */
  readonly generation: number;
  readonly report: EvidencePointer;
}

/** How a model's version in production fares: the registry's item, without its keys. */
export interface Monitoring extends Subject {
  readonly digest: Digest;
  /** Counts changes of this item. */
  readonly rev: number;
  /** When the version's first check was due, in ms since 1970. */
  readonly watchedSince?: number;
  /** When the windows of the latest check of each kind ended, in ms since 1970. */
  readonly checkedAt: Readonly<Partial<Record<CheckKind, number>>>;
  readonly faulted?: FaultedKinds;
  /** Generation of the route that the latest check was made under. */
  readonly generation?: number;
  readonly alarms: Readonly<Partial<Record<Watched, WatchedAlarm>>>;
  readonly proposals: Proposals;
  /** Whether another version may take its place only by a person's leave. */
  readonly blocked: boolean;
  /** When an alarm last joined the latest block, or rose within it; ISO 8601, UTC; also once it is over. */
  readonly blockedSince?: string;
  /** The alarms that do it, in words; while blocked. */
  readonly blockedBy?: string;
  readonly concept: Concept;
  readonly service?: TakenService;
  readonly labels?: TakenLabels;
  /** Hours before this one are rolled up. */
  readonly rolledTo?: number;
  /** The latest check's report. */
  readonly latest?: {
    readonly id: string;
    readonly at: string;
    readonly json: EvidencePointer;
  };
  readonly owed?: OwedRollback;
  /** ISO 8601, UTC. */
  readonly updatedAt: string;
}

/**
 * A version that comes to production is watched anew; proposals count for the model.
 *
 * @param at ms since 1970
 */
export function stateOf(
  known: Monitoring | undefined,
  version: Subject & { readonly digest: Digest },
  at: number,
): Monitoring {
  if (known?.digest === version.digest && known.version === version.version) {
    return { watchedSince: at, ...known };
  }
  const { tenant, model, version: number, digest } = version;
  return {
    ...{ tenant, model, version: number, digest },
    rev: known?.rev ?? 0,
    watchedSince: at,
    checkedAt: {},
    alarms: {},
    proposals: known?.proposals ?? NO_PROPOSALS,
    blocked: false,
    concept: NO_CONCEPT,
    updatedAt: isoTime(at),
  };
}

export const WEEK_MS = 7 * 24 * HOUR_MS;
/** A tick that comes early by this part of the period is not skipped. */
const EARLY = 0.1;
/** One that could not be made is tried again after it: what it lacked may be back by then. */
const RETRY_MS = HOUR_MS;

type Periods = Pick<MonitoringPolicy, 'driftHours' | 'performanceHours' | 'healthMinutes'>;

/** How often a model's policy asks for a kind of check. */
export function periodMs(kind: CheckKind, policy: Periods): number {
  switch (kind) {
    case 'drift':
      return policy.driftHours * HOUR_MS;
    case 'performance':
      return policy.performanceHours * HOUR_MS;
    case 'health':
      return policy.healthMinutes * 60_000;
    case 'dataset':
      return WEEK_MS;
  }
}

/**
 * The kinds that are due at a time; none that was checked then, or later, already. One that could not
 * be made is due with every message, whatever that is for: with those up to when it was last tried, so
 * that none of them is taken for done, and with later ones after an hour, or its period if that is less.
 */
export const dueKinds = (
  { checkedAt, faulted = {} }: Pick<Monitoring, 'checkedAt' | 'faulted'>,
  kinds: readonly CheckKind[],
  at: number,
  policy: Periods,
): readonly CheckKind[] =>
  [...new Set([...kinds, ...CHECKS.filter((kind) => faulted[kind])])].filter((kind) => {
    const everyMs = periodMs(kind, policy);
    const isDueAfter = (last: number | undefined, afterMs: number): boolean =>
      last === undefined || (at > last && at >= last + (1 - EARLY) * afterMs);
    const triedAt = faulted[kind]?.at;
    const isRetry = triedAt !== undefined && at <= triedAt;
    return (
      isDueAfter(checkedAt[kind], everyMs) &&
      (isRetry || isDueAfter(triedAt, Math.min(everyMs, RETRY_MS)))
    );
  });
