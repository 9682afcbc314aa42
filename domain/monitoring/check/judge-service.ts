import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { normalQuantile } from '#domain/gates/performance/normal-quantile.ts';
import { wilson } from '#domain/gates/privacy/wilson.ts';
import { HOUR_MS } from '#domain/monitoring/capture/seen.ts';
import type { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { greatest, type Ratios } from '#domain/monitoring/statistics/levels.ts';
import { quantileBucket, total, upperEdgeMs } from '#domain/rollout/histogram.ts';
import { reachesUpTo } from './reached.ts';
import type { SectionFindings } from './section.ts';
import { bothServed, type Served, servedOf, type TakenService, type Waiting } from './served.ts';

export interface Service {
  /** What came since the last check. */
  readonly seen: Served;
  readonly hours: number;
  /** The last hour that was read, with all that it has: the next check takes what comes on top. */
  readonly read: Pick<TakenService, 'hour' | 'counted'>;
  /** What waits to be judged since earlier checks. */
  readonly waiting?: Pick<TakenService, 'errors' | 'latency'>;
  /** p95 of the model when it was judged. */
  readonly baselineP95Ms?: number;
  /** Why that could not be had. */
  readonly baselineFault?: string;
  /** Requests of the last whole hour, and of the same hour on the days before, the newest first. */
  readonly traffic?: { readonly now: number; readonly before: readonly number[] };
}

/** Fewer timed requests say nothing about their slowest twentieth. */
const TIMED_MIN = 100;
/** Fewer days before are no habit. */
const DAYS_MIN = 3;
const DAY_MS = 24 * HOUR_MS;

/**
 * How a version served since the last check: errors and latency are judged by what chance leaves of
 * them at least. Requests too few to be judged by wait for those of the next checks, and errors no
 * longer than a day, after which they are judged by what there is.
 *
 * @param at ms since 1970
 */
export function judgeService(
  { seen, hours, read, waiting, baselineP95Ms, baselineFault, traffic }: Service,
  at: number,
  policy: MonitoringPolicy,
): SectionFindings<Pick<DriftReport, 'service'>> & { readonly taken: TakenService } {
  const began = at - hours * HOUR_MS;
  const forErrors = withWaiting(waiting?.errors, seen, began);
  const forLatency = withWaiting(waiting?.latency, seen, began);
  const { requests, failures, cached } = forErrors.served;
  const failed = Math.min(
    requests,
    Object.values(failures).reduce((sum, one) => sum + one, 0),
  );
  const { latency } = forLatency.served;
  const timed = total(latency);
  const isOverdue = at - forErrors.since >= DAY_MS;
  const errors = requests > 0 ? errorRatios(failed, requests, isOverdue, policy) : undefined;
  const slow =
    timed >= TIMED_MIN ? latencyRatios(latency, timed, baselineP95Ms, policy) : undefined;
  const deviation = traffic && trafficDeviation(traffic.now, traffic.before);
  return {
    sections: {
      service: {
        hours: Math.max(hours, Math.ceil((at - forErrors.since) / HOUR_MS)),
        requests,
        errorRate: requests > 0 ? failed / requests : 0,
        failures: { ...failures },
        cacheHitShare: requests > 0 ? Math.min(1, cached / requests) : 0,
        ...(timed > 0 && {
          latencyMs: {
            p50: upperEdgeMs(quantileBucket(latency, 0.5)),
            p95: upperEdgeMs(quantileBucket(latency, 0.95)),
            p99: upperEdgeMs(quantileBucket(latency, 0.99)),
          },
        }),
        ...(deviation !== undefined && { trafficDeviation: deviation }),
      },
    },
    strands: {
      ...(errors && { errors: { hour: errors } }),
      ...(slow && { latency: { hour: slow } }),
    },
    notes: [
      ...(baselineFault === undefined
        ? []
        : [`Latency was not compared with that of the performance gate: ${baselineFault}`]),
      ...notesOn({ requests, failed, timed, hours }, { errors, slow }),
    ],
    taken: {
      ...read,
      ...(!errors && requests > 0 && { errors: forErrors }),
      ...(!slow && timed > 0 && { latency: forLatency }),
    },
  };
}

const withWaiting = (waiting: Waiting | undefined, seen: Served, began: number): Waiting =>
  waiting
    ? { since: waiting.since, served: bothServed(waiting.served, seen) }
    : { since: began, served: servedOf(seen) };

function notesOn(
  { requests, failed, timed, hours }: Record<'requests' | 'failed' | 'timed' | 'hours', number>,
  { errors, slow }: { readonly errors: Ratios | undefined; readonly slow: Ratios | undefined },
): string[] {
  if (requests === 0 && timed === 0) {
    return [`Errors and latency were not judged: no request came within ${hours} h.`];
  }
  return [
    ...(errors
      ? []
      : [
          `Errors were not judged: ${failed} of ${requests} requests may be either side of the limit.`,
        ]),
    ...(slow
      ? []
      : [`Latency was not judged: ${timed} requests were timed, and it takes ${TIMED_MIN}.`]),
  ];
}

/** One-sided at alpha, of the rate; undefined where so few requests may lie on either side of the limit. */
function errorRatios(
  failed: number,
  requests: number,
  isOverdue: boolean,
  { alpha, errorRateMax, samplesMin }: MonitoringPolicy,
): Ratios | undefined {
  const { lower, upper } = wilson(failed, requests, normalQuantile(1 - alpha));
  const isOpen = lower < errorRateMax && upper >= errorRateMax && requests < samplesMin;
  return isOpen && !isOverdue ? undefined : reachesUpTo('critical', lower / errorRateMax);
}

/**
 * The least that the p95 is, by the order statistic that alpha leaves of it. Twice as slow as when it
 * was judged pages only beyond the objective: from one millisecond to two nobody feels.
 */
function latencyRatios(
  latency: Served['latency'],
  timed: number,
  baselineP95Ms: number | undefined,
  policy: MonitoringPolicy,
): Ratios {
  const spread = Math.sqrt((0.95 * 0.05) / timed);
  const p95Ms = upperEdgeMs(
    quantileBucket(latency, Math.max(0.5, 0.95 - normalQuantile(1 - policy.alpha) * spread)),
  );
  const toBaseline =
    baselineP95Ms !== undefined && baselineP95Ms > 0
      ? p95Ms / (baselineP95Ms * policy.latencyRatioMax)
      : 0;
  const toCritical = p95Ms / policy.latencyCriticalMs;
  return greatest([
    reachesUpTo('warn', p95Ms / policy.latencyWarnMs),
    reachesUpTo('page', Math.min(toBaseline, p95Ms / policy.latencySloMs)),
    reachesUpTo('page', toCritical),
    reachesUpTo('critical', Math.min(toBaseline, toCritical)),
  ]);
}

/** Undefined before there are three days to compare with, or where none of them had a request. */
export function trafficDeviation(now: number, before: readonly number[]): number | undefined {
  if (before.length < DAYS_MIN) return undefined;
  const mean = before.reduce((sum, one) => sum + one, 0) / before.length;
  return mean > 0 ? Math.abs(now / mean - 1) : undefined;
}
