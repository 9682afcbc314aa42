import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEALTH_MINUTES_MAX } from '#domain/gates/monitoring-policy.ts';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import {
  ALARM_RULES,
  type AlarmRule,
  alarmName,
  alarmNames,
  COMPOSITE_RULE,
} from '#domain/monitoring/alarms/alarm-names.ts';
import {
  type MetricAlarm,
  modelAlarms,
  type Watching,
} from '#domain/monitoring/alarms/model-alarms.ts';
import { heartbeat, modelMetrics } from '#domain/monitoring/alarms/model-metrics.ts';
import { severityOf } from '#domain/monitoring/alarms/severity.ts';
import { dueKinds } from '#domain/monitoring/check/state.ts';
import type { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { ModelName, Tenant } from '#domain/registry/subject.ts';
import { alarmedModel } from '#domain/rollout/rollback-alarm.ts';

const churn = { tenant: 'acme', model: 'churn' };
const topics = { page: 'arn:page', rollback: 'arn:rollback' };
const { monitoring, rollout } = DEFAULT_POLICY;
const watching = (changes: Partial<Watching['monitoring']> = {}, onTrial = false): Watching => ({
  monitoring: { ...monitoring, ...changes },
  rollout,
  tickMinutes: 60,
  onTrial,
});
const made = (...of: Parameters<typeof watching>) => modelAlarms(churn, watching(...of), topics);
const alarm = (rule: AlarmRule, ...of: Parameters<typeof watching>) =>
  made(...of).metrics.find(({ name }) => name === alarmName(churn, rule));
/** As deployments may set it. */
const tick = fc.integer({ min: 1, max: 60 });
const metricsOf = (healthMinutes: number, tickMinutes: number): readonly MetricAlarm[] =>
  modelAlarms(churn, { ...watching({ healthMinutes }), tickMinutes }, topics).metrics;

describe('the alarms of a model', () => {
  it('are one for each rule, but for the cache where nobody asks for it', () => {
    const names = (cacheHitShareMin: number | null) =>
      made({ cacheHitShareMin }).metrics.map(({ name }) => name);
    expect(names(0.5)).toEqual(ALARM_RULES.map((rule) => `assay/acme/churn/${rule}`));
    expect(names(null)).not.toContain('assay/acme/churn/ModelCacheHitRateLow');
    expect(names(null)).toHaveLength(ALARM_RULES.length - 1);
  });

  it.each([
    ['ModelDriftDetected', { metric: 'DriftSeverity', threshold: 3, missing: 'ignore' }],
    ['ModelAccuracyDrop', { metric: 'QualitySeverity', threshold: 3, missing: 'ignore' }],
    ['ModelHarm', { metric: 'QualitySeverity', threshold: 4, missing: 'ignore' }],
    ['ModelLatencyHigh', { metric: 'model_prediction_latency', threshold: 1000 }],
    ['ModelErrorRateHigh', { metric: 'ErrorRate', threshold: 0.1, datapointsToAlarm: 2 }],
    ['ModelTrafficDeviation', { metric: 'TrafficDeviation', threshold: 0.05 }],
    ['ModelCheckMissing', { metric: 'CheckHeartbeat', threshold: 1, missing: 'breaching' }],
  ] as const)('%s watches what the policy says', (rule, expected) => {
    expect(alarm(rule)).toMatchObject(expected);
  });

  it('watch nothing that checks do not publish', () => {
    const report = {
      windows: [],
      alarms: ['errors', 'latency'].map((watched) => ({ watched, outcome: 'STABLE' })),
      service: {
        ...{ hours: 1, requests: 9, errorRate: 0, failures: {}, cacheHitShare: 0 },
        ...{ latencyMs: { p50: 1, p95: 2, p99: 3 }, trafficDeviation: 0 },
      },
    } as unknown as DriftReport;
    const published = Object.keys(modelMetrics(report, { alarms: {} }, []));
    for (const { metric } of made({ cacheHitShareMin: 0.5 }).metrics) {
      expect(published).toContain(metric);
    }
  });

  it('are about the model in production, of its tenant alone', () => {
    for (const { dimensions } of made().metrics) {
      expect(dimensions).toEqual({ Tenant: 'acme', Model: 'churn', Stage: 'PRODUCTION' });
    }
  });

  it('say in their description where the runbook speaks of them', () => {
    const { metrics, composite } = made({ cacheHitShareMin: 0.5 });
    const rules = [...ALARM_RULES, COMPOSITE_RULE];
    const ends = [...metrics, composite].map(({ description }) => description.split('. ').at(-1));
    expect(ends).toEqual(rules.map((rule) => `docs/runbook.md#${rule.toLowerCase()}`));
  });

  it('take silence for health, but the heartbeat, and what holds until the next check', () => {
    const { metrics } = made({ cacheHitShareMin: 0.5 });
    const rules = (of: string) =>
      metrics.filter(({ missing }) => missing === of).map(({ name }) => name.split('/')[3]);
    expect(rules('breaching')).toEqual(['ModelCheckMissing']);
    expect(rules('ignore')).toEqual(['ModelAccuracyDrop', 'ModelDriftDetected', 'ModelHarm']);
    expect(rules('notBreaching')).toHaveLength(4);
  });

  it('roll back for harm and for nothing else', () => {
    const rolling = made({ cacheHitShareMin: 0.5 }).metrics.filter(({ alarmActions }) =>
      alarmActions.includes(topics.rollback),
    );
    expect(rolling.map(({ name }) => name)).toEqual(['assay/acme/churn/ModelHarm']);
  });

  it('page by themselves for what users feel and for silence, and else through the composite', () => {
    const { metrics, composite } = made({ cacheHitShareMin: 0.5 });
    const paging = metrics.filter(({ alarmActions }) => alarmActions.includes(topics.page));
    expect(paging.map(({ name }) => name.split('/')[3])).toEqual([
      ...['ModelAccuracyDrop', 'ModelCheckMissing', 'ModelErrorRateHigh', 'ModelHarm'],
      'ModelLatencyHigh',
    ]);
    expect(composite).toMatchObject({
      name: 'assay/acme/churn',
      rule: 'ALARM("assay/acme/churn/ModelCacheHitRateLow") OR ALARM("assay/acme/churn/ModelDriftDetected")',
      alarmActions: [topics.page],
      okActions: [topics.page],
    });
  });

  it('do not page for drift while a version is on trial, and are the same for all else', () => {
    expect(made({}, true).composite.rule).toBe('FALSE');
    expect(made({}, true).metrics).toEqual(made().metrics);
  });

  it('name their model to whoever reads their messages', () => {
    for (const name of alarmNames(churn)) {
      expect(alarmedModel({ AlarmName: name, NewStateValue: 'ALARM' })).toEqual(churn);
    }
  });

  it('have names and rules that CloudWatch takes, however long those of tenant and model are', () => {
    const longest = { tenant: 't'.repeat(40), model: 'm'.repeat(63) };
    expect(Tenant.safeParse(`${longest.tenant}t`).success).toBe(false);
    expect(ModelName.safeParse(`${longest.model}m`).success).toBe(false);
    const { metrics, composite } = modelAlarms(longest, watching({ cacheHitShareMin: 1 }), topics);
    for (const { name, description } of [...metrics, composite]) {
      expect(name.length).toBeLessThanOrEqual(255);
      expect(description.length).toBeLessThanOrEqual(1024);
    }
    expect(composite.rule.length).toBeLessThanOrEqual(10_240);
  });

  it('ask for no more than CloudWatch takes, whatever the policy asks for', () => {
    const minutes = fc.double({ min: 0.01, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(minutes, tick, (healthMinutes, tickMinutes) => {
        for (const alarm of metricsOf(healthMinutes, tickMinutes)) {
          const { periodSeconds, evaluationPeriods, datapointsToAlarm } = alarm;
          expect(periodSeconds % 60).toBe(0);
          expect(periodSeconds).toBeGreaterThanOrEqual(60);
          expect(periodSeconds * evaluationPeriods).toBeLessThanOrEqual(
            (periodSeconds < 3600 ? 1 : 7) * 86_400,
          );
          expect(datapointsToAlarm).toBeLessThanOrEqual(evaluationPeriods);
        }
      }),
    );
  });

  it('have a check of health in each period of those that wait for several', () => {
    const minutes = fc.double({ min: 0.01, max: HEALTH_MINUTES_MAX, noNaN: true });
    fc.assert(
      fc.property(minutes, tick, (healthMinutes, tickMinutes) => {
        const policy = { ...monitoring, healthMinutes };
        const ticks = Array.from({ length: 4000 }, (_, i) => i * tickMinutes * 60_000);
        let last: number | undefined;
        let longest = 0;
        for (const at of ticks) {
          const checkedAt = last === undefined ? {} : { health: last };
          if (dueKinds({ checkedAt }, ['health'], at, policy).length === 0) continue;
          longest = Math.max(longest, at - (last ?? at));
          last = at;
        }
        for (const alarm of metricsOf(healthMinutes, tickMinutes)) {
          if (alarm.metric === 'CheckHeartbeat' || alarm.evaluationPeriods === 1) continue;
          expect(alarm.periodSeconds * 1000).toBeGreaterThanOrEqual(longest);
        }
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    [600, 600],
    [90, 120],
    [HEALTH_MINUTES_MAX, HEALTH_MINUTES_MAX],
    [20_000, HEALTH_MINUTES_MAX],
  ])('on errors and latency wait for checks of health every %d minutes', (health, minutes) => {
    for (const rule of ['ModelErrorRateHigh', 'ModelLatencyHigh'] as const) {
      const { periodSeconds, evaluationPeriods } = alarm(rule, { healthMinutes: health }) ?? {};
      expect([periodSeconds, evaluationPeriods]).toEqual([minutes * 60, 3]);
    }
  });

  it('on what checks have judged are over with the tick that says so, however rare health is', () => {
    for (const rule of ['ModelDriftDetected', 'ModelAccuracyDrop', 'ModelHarm'] as const) {
      expect(alarm(rule, { healthMinutes: 2880 })?.periodSeconds).toBe(3600);
    }
  });
});

describe('the heartbeat', () => {
  it.each([
    [60, 3600],
    [5, 300],
    [1, 300],
  ])('is expected at every tick of %i minutes, whatever the policy asks for', (every, seconds) => {
    for (const healthMinutes of [0.1, 60, 2880]) {
      const beat = metricsOf(healthMinutes, every).find(
        ({ metric }) => metric === 'CheckHeartbeat',
      );
      expect(beat?.periodSeconds).toBe(seconds);
    }
  });

  it('stops for any kind that is overdue, but for the dataset, which would hide that all stop', () => {
    expect(heartbeat([])).toEqual({ CheckHeartbeat: 1 });
    expect(heartbeat(['dataset'])).toEqual({ CheckHeartbeat: 1 });
    for (const kind of ['drift', 'performance', 'health'] as const) {
      expect(heartbeat([kind])).toEqual({});
      expect(heartbeat([kind, 'dataset'])).toEqual({});
    }
  });
});

it('a severity grows with the level', () => {
  const levels = [null, 'warn', 'retrain', 'page', 'critical'] as const;
  expect(levels.map(severityOf)).toEqual([0, 1, 2, 3, 4]);
});
