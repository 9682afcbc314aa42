import type { Monitoring } from '#domain/monitoring/check/state.ts';
import {
  type CheckKind,
  type DriftReport,
  WATCHED,
  type Watched,
} from '#domain/monitoring/report/drift-report.ts';
import { OUTCOMES } from './consequences.ts';
import { severityOf } from './severity.ts';
import { gravest } from './watched-alarm.ts';

const QUALITY = [...OUTCOMES];
/** All that users did not feel. */
const DRIFT = WATCHED.filter((watched) => !OUTCOMES.has(watched));

type Service = NonNullable<DriftReport['service']>;
export type ModelMetrics = Readonly<Record<string, number>>;

/**
 * The heart does not beat while a kind of check is overdue: others that are made must not hide that.
 * The dataset's is no such kind: it may stay out for weeks, and an alarm that it held up would hide
 * that all others stop.
 */
export const heartbeat = (overdue: readonly CheckKind[]): ModelMetrics =>
  overdue.every((kind) => kind === 'dataset') ? { CheckHeartbeat: 1 } : {};

/** What CloudWatch is told of a model after a check; what the check did not judge is absent. */
export function modelMetrics(
  { windows, accuracy, fairness, service, alarms: judged }: DriftReport,
  { alarms }: Pick<Monitoring, 'alarms'>,
  overdue: readonly CheckKind[],
): ModelMetrics {
  const compared = windows.filter(({ inputs }) => inputs.outcome !== 'INSUFFICIENT_DATA');
  const answers = windows.flatMap((window) => (window.answers ? [window.answers] : []));
  const gaps = fairness?.flatMap(({ parityGap }) => (parityGap === undefined ? [] : [parityGap]));
  const isJudged = (watched: Watched): boolean =>
    judged.some((alarm) => alarm.watched === watched && alarm.outcome !== 'INSUFFICIENT_DATA');
  return {
    ...heartbeat(overdue),
    DriftSeverity: severity(alarms, DRIFT),
    QualitySeverity: severity(alarms, QUALITY),
    ...most(
      'MaxPsiRatio',
      compared.map(({ inputs }) => inputs.greatestRatio),
    ),
    ...most(
      'DriftedShare',
      compared.map(({ inputs }) => inputs.driftedShare),
    ),
    ...most(
      'PredictionPsiRatio',
      answers.flatMap(({ outcome, ratios }) =>
        outcome === 'INSUFFICIENT_DATA' ? [] : [ratios.warn],
      ),
    ),
    ...most('FairnessGap', gaps ?? []),
    ...(accuracy?.estimated && { EstimatedAccuracy: accuracy.estimated.now }),
    ...(accuracy?.measured && { model_prediction_accuracy: accuracy.measured.now }),
    ...(service && serviceMetrics(service, isJudged)),
  };
}

const serviceMetrics = (
  { requests, errorRate, cacheHitShare, latencyMs, trafficDeviation }: Service,
  isJudged: (watched: Watched) => boolean,
): ModelMetrics => ({
  ...(isJudged('errors') && { ErrorRate: errorRate }),
  ...(requests > 0 && { CacheHitShare: cacheHitShare }),
  ...(isJudged('latency') && latencyMs && { model_prediction_latency: latencyMs.p95 }),
  ...(trafficDeviation !== undefined && { TrafficDeviation: trafficDeviation }),
});

const most = (name: string, values: readonly number[]): ModelMetrics =>
  values.length > 0 ? { [name]: Math.max(...values) } : {};

const severity = (alarms: Monitoring['alarms'], of: readonly Watched[]): number =>
  severityOf(gravest(of.map((watched) => alarms[watched]?.raised ?? null)));

/** Whether a model counts among those that drift together. */
export const isDrifting = ({ alarms }: Pick<Monitoring, 'alarms'>): boolean =>
  severity(alarms, DRIFT) > 0;

/** Whether users feel harm from a version to the level that rolls it back. */
export const isHarmful = ({ alarms }: Pick<Monitoring, 'alarms'>): boolean =>
  severity(alarms, QUALITY) >= severityOf('critical');
