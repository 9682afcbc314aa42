import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { NO_PROPOSALS, type Proposals } from '#domain/monitoring/alarms/consequences.ts';
import type { WatchedAlarm } from '#domain/monitoring/alarms/watched-alarm.ts';
import type { CheckKind, Watched } from '#domain/monitoring/report/drift-report.ts';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import type { Digest } from '#domain/registry/digest.ts';
import type { Subject } from '#domain/registry/subject.ts';
import { type Concept, NO_CONCEPT } from './concept.ts';
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
  /** When the windows of the latest check of each kind ended, in ms since 1970. */
  readonly checkedAt: Readonly<Partial<Record<CheckKind, number>>>;
  /** When a kind of check could last not be made, for want of what it needs, since it last was. */
  readonly faultedAt?: Readonly<Partial<Record<CheckKind, number>>>;
  /** Generation of the route that the latest check was made under. */
  readonly generation?: number;
  readonly alarms: Readonly<Partial<Record<Watched, WatchedAlarm>>>;
  readonly proposals: Proposals;
  /** Whether another version may take its place only by a person's leave. */
  readonly blocked: boolean;
  /** ISO 8601, UTC; while blocked. */
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

/** A version that comes to production is watched anew; proposals count for the model. */
export function stateOf(
  known: Monitoring | undefined,
  version: Subject & { readonly digest: Digest },
  at: string,
): Monitoring {
  if (known?.digest === version.digest && known.version === version.version) return known;
  const { tenant, model, version: number, digest } = version;
  return {
    ...{ tenant, model, version: number, digest },
    rev: known?.rev ?? 0,
    checkedAt: {},
    alarms: {},
    proposals: known?.proposals ?? NO_PROPOSALS,
    blocked: false,
    concept: NO_CONCEPT,
    updatedAt: at,
  };
}

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
/** A tick that comes early by this part of the period is not skipped. */
const EARLY = 0.1;

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
 * be made is tried again by the same message, and by another not before its period.
 */
export const dueKinds = (
  { checkedAt, faultedAt = {} }: Pick<Monitoring, 'checkedAt' | 'faultedAt'>,
  kinds: readonly CheckKind[],
  at: number,
  policy: Periods,
): readonly CheckKind[] =>
  [...new Set(kinds)].filter((kind) => {
    const isDueAfter = (last: number | undefined): boolean =>
      last === undefined || (at > last && at >= last + (1 - EARLY) * periodMs(kind, policy));
    const faulted = faultedAt[kind];
    return isDueAfter(checkedAt[kind]) && (at === faulted || isDueAfter(faulted));
  });
