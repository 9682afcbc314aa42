import { HEALTH_MINUTES_MAX, type MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import type { RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import type { Subject } from '#domain/registry/subject.ts';
import { type AlarmRule, alarmName, COMPOSITE_RULE } from './alarm-names.ts';
import { severityOf } from './severity.ts';

type Model = Pick<Subject, 'tenant' | 'model'>;

export interface MetricAlarm {
  readonly kind: 'metric';
  readonly name: string;
  readonly description: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: 'Maximum' | 'Minimum' | 'SampleCount';
  readonly comparison:
    | 'GreaterThanOrEqualToThreshold'
    | 'GreaterThanThreshold'
    | 'LessThanThreshold';
  readonly threshold: number;
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly missing: 'breaching' | 'notBreaching' | 'ignore';
  /** ARNs of topics. */
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
}

export interface CompositeAlarm {
  readonly kind: 'composite';
  readonly name: string;
  readonly description: string;
  readonly rule: string;
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
}

/** ARNs of the topics that alarms act by. */
export interface AlarmTopics {
  /** Tells whoever is on call. */
  readonly page: string;
  /** Rolls the model back. */
  readonly rollback: string;
}

export interface Watching {
  readonly monitoring: Pick<
    MonitoringPolicy,
    'latencyCriticalMs' | 'errorRateMax' | 'cacheHitShareMin' | 'healthMinutes'
  >;
  readonly rollout: Pick<RolloutPolicy, 'trafficDeviationMax'>;
  /** How often models that are due are looked for. */
  readonly tickMinutes: number;
  /** Whether a version is on trial: its windows mix two versions, and its cache is cold. */
  readonly onTrial: boolean;
}

export interface ModelAlarms {
  readonly metrics: readonly MetricAlarm[];
  readonly composite: CompositeAlarm;
}

/**
 * The alarms of a model in production. Checks have judged already, over windows and with hysteresis;
 * an alarm only acts on what they say. What users feel, and silence, page by themselves. What may
 * last for weeks, or comes of a trial, pages through the composite, so that it hides nothing else.
 */
export function modelAlarms(model: Model, watching: Watching, topics: AlarmTopics): ModelAlarms {
  const { monitoring, rollout, onTrial } = watching;
  const page = [topics.page];
  const { tickMinutes } = watching;
  const tickSeconds = tickMinutes * 60;
  const periodSeconds = healthSeconds(monitoring.healthMinutes, tickMinutes);
  const alarm = (rule: AlarmRule, what: string, how: Judged, acts: Acts = {}): MetricAlarm => ({
    kind: 'metric',
    name: alarmName(model, rule),
    description: described(what, rule),
    dimensions: { Tenant: model.tenant, Model: model.model, Stage: 'PRODUCTION' },
    statistic: 'Maximum',
    comparison: 'GreaterThanThreshold',
    periodSeconds,
    ...how,
    alarmActions: acts.alarm ?? [],
    okActions: acts.ok ?? [],
  });
  const pages: Acts = { alarm: page, ok: page };
  const metrics = [
    alarm(
      'ModelAccuracyDrop',
      'Accuracy, or another outcome that users feel, is at the level that pages',
      { metric: 'QualitySeverity', ...reaches(severityOf('page'), tickSeconds) },
      pages,
    ),
    ...(monitoring.cacheHitShareMin === null
      ? []
      : [
          alarm('ModelCacheHitRateLow', 'Fewer answers than expected come from the cache', {
            metric: 'CacheHitShare',
            comparison: 'LessThanThreshold',
            threshold: monitoring.cacheHitShareMin,
            ...THREE_OF_THREE,
          }),
        ]),
    alarm(
      'ModelCheckMissing',
      'Nobody looked at the model, or made one kind of its checks, for long',
      {
        metric: 'CheckHeartbeat',
        statistic: 'SampleCount',
        comparison: 'LessThanThreshold',
        threshold: 1,
        periodSeconds: Math.max(tickMinutes, HEARTBEAT_MINUTES_MIN) * 60,
        ...THREE_OF_THREE,
        missing: 'breaching',
      },
      pages,
    ),
    alarm(
      'ModelDriftDetected',
      'Inputs, their dependence, answers or labels have drifted to the level that pages',
      { metric: 'DriftSeverity', ...reaches(severityOf('page'), tickSeconds) },
    ),
    alarm(
      'ModelErrorRateHigh',
      'More requests fail than the policy allows',
      { metric: 'ErrorRate', threshold: monitoring.errorRateMax, ...TWO_OF_THREE },
      pages,
    ),
    alarm(
      'ModelHarm',
      'An outcome that users feel is at the level that rolls back',
      { metric: 'QualitySeverity', ...reaches(severityOf('critical'), tickSeconds) },
      { alarm: [topics.rollback, ...page], ok: page },
    ),
    alarm(
      'ModelLatencyHigh',
      'The model answers slower than the policy allows, at p95',
      {
        metric: 'model_prediction_latency',
        threshold: monitoring.latencyCriticalMs,
        ...TWO_OF_THREE,
      },
      pages,
    ),
    alarm('ModelTrafficDeviation', 'Requests are more or fewer than at this hour of other days', {
      metric: 'TrafficDeviation',
      threshold: rollout.trafficDeviationMax,
      ...THREE_OF_THREE,
    }),
  ];
  const attention = ATTENTION.filter((rule) =>
    metrics.some(({ name }) => name === alarmName(model, rule)),
  );
  return {
    metrics,
    composite: {
      kind: 'composite',
      name: alarmName(model),
      description: described(
        onTrial
          ? 'Nothing but outcomes is judged while a version is on trial'
          : 'The model drifts, or its cache answers too little',
        COMPOSITE_RULE,
      ),
      rule: onTrial
        ? 'FALSE'
        : attention.map((rule) => `ALARM("${alarmName(model, rule)}")`).join(' OR '),
      alarmActions: page,
      okActions: page,
    },
  };
}

/**
 * What the composite pages for. Not ModelTrafficDeviation: the 5 % of the policy are of a trial's
 * split, which looks test, while hours differ by far more from each other without any fault. It is
 * there to be seen.
 */
const ATTENTION: readonly AlarmRule[] = ['ModelCacheHitRateLow', 'ModelDriftDetected'];

type Judged = Pick<
  MetricAlarm,
  'metric' | 'threshold' | 'evaluationPeriods' | 'datapointsToAlarm' | 'missing'
> &
  Partial<Pick<MetricAlarm, 'statistic' | 'comparison' | 'periodSeconds'>>;

interface Acts {
  readonly alarm?: readonly string[];
  readonly ok?: readonly string[];
}

/**
 * What a check said last stands until the next one, of whatever kind; that there is none is the
 * heartbeat's to say. A longer period would hold what is over by the greatest value in it.
 */
const reaches = (threshold: number, periodSeconds: number) =>
  ({
    comparison: 'GreaterThanOrEqualToThreshold',
    threshold,
    periodSeconds,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    missing: 'ignore',
  }) as const;

/** No traffic has no errors and no latency, so silence is health. */
const TWO_OF_THREE = {
  evaluationPeriods: 3,
  datapointsToAlarm: 2,
  missing: 'notBreaching',
} as const;
const THREE_OF_THREE = {
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  missing: 'notBreaching',
} as const;

/** Each tick has a beat, whatever is due; to have 500 models checked takes some three minutes of it. */
const HEARTBEAT_MINUTES_MIN = 5;

/**
 * Each period has a check of health, as what is due between two ticks waits for the second. A policy
 * from before there was a limit is watched as far as CloudWatch can.
 */
const healthSeconds = (healthMinutes: number, tickMinutes: number): number =>
  Math.min(Math.ceil(healthMinutes / tickMinutes) * tickMinutes, HEALTH_MINUTES_MAX) * 60;

const described = (what: string, rule: string): string =>
  `${what}. docs/runbook.md#${rule.toLowerCase()}`;
