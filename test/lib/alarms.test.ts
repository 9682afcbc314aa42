import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALARM_RULES, COMPOSITE_RULE } from '#domain/monitoring/alarms/alarm-names.ts';
import { ofType } from '../support/deployed.ts';
import { productionTemplates } from '../support/stacks.ts';

const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');

/** By the names that they have in code, in the order of the alphabet. */
const alarms = () =>
  productionTemplates()
    .flatMap((template) => Object.values(template.findResources('AWS::CloudWatch::Alarm')))
    .map(({ Metadata, Properties }) => ({
      name: String(Metadata['aws:cdk:path'].split('/').at(-2)),
      ...Properties,
      ...(Properties.Metrics && watchedByFormula(Properties.Metrics)),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

/** The one metric of a formula, in the form that alarms without a formula have. */
function watchedByFormula([formula, counted, ...more]: readonly Query[]) {
  expect(more).toEqual([]);
  const { Metric, Period, Stat } = counted?.MetricStat ?? {};
  return { ...Metric, Period, Statistic: Stat, formula: formula?.Expression };
}

interface Query {
  readonly Expression?: string;
  readonly MetricStat?: {
    readonly Metric: object;
    readonly Period: number;
    readonly Stat: string;
  };
}

describe('the runbook', () => {
  const sections = runbook.split(/^## /m).slice(1);

  it('has one heading for each alarm, those of each model among them, and no other', () => {
    const headings = sections.map((section) => section.split('\n')[0]);
    const names = [...alarms().map(({ name }) => name), ...ALARM_RULES, COMPOSITE_RULE];
    expect(headings.sort()).toEqual(names.sort());
  });

  it('says under each what it means, what to look at and what to do', () => {
    for (const section of sections) {
      const parts = [...section.matchAll(/^\*\*(.+?)\*\*/gm)].map(([, part]) => part);
      expect(parts, section.split('\n')[0]).toEqual(['Means', 'Look', 'Do']);
    }
  });
});

describe('the commands of the runbook and of docs/operating.md', () => {
  const operating = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');

  it('find each resource that they name by the start of its id, and no other', () => {
    const named = [...runbook.matchAll(/\$\(physical (\w+) (AWS::\w+::\w+)\)/g)];
    expect(named.length).toBeGreaterThan(5);
    for (const [, start = '', type = ''] of named) {
      const found = ofType(type).filter(([id]) => id.startsWith(start));
      expect(found, `${type} ${start}`).toHaveLength(1);
    }
  });

  it('read outputs that there are', () => {
    const there = productionTemplates().flatMap((template) =>
      Object.keys(template.findOutputs('*')),
    );
    const named = [...`${runbook}${operating}`.matchAll(/\$\(output (\w+)\)/g)];
    expect(named.length).toBeGreaterThan(5);
    for (const [, name = ''] of named) {
      expect(
        there.filter((output) => output === name),
        name,
      ).toHaveLength(1);
    }
  });
});

/** What is wrong where there is too little of it. */
const OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  AdvisoriesOld: ['breaching', 'LessThanThreshold'],
  CaptureIncomplete: ['notBreaching', 'LessThanThreshold'],
};

/** What wakes nobody. */
const WAITS = ['DatasetChecksOverdue'];

describe('every alarm', () => {
  it('names its heading of the runbook', () => {
    for (const { name, AlarmDescription } of alarms()) {
      expect(AlarmDescription).toContain(`docs/runbook.md#${name.toLowerCase()}`);
    }
  });

  it('tells the alarm topic that it fires, and that it is over; what can wait, another one', () => {
    for (const { name, AlarmActions, OKActions } of alarms()) {
      const topic = WAITS.includes(name) ? 'TopicsWarnings' : 'TopicsAlarms';
      for (const actions of [AlarmActions, OKActions]) {
        expect(actions, name).toHaveLength(1);
        // Of its own stack, or of `Assay` by its export.
        expect(actions[0].Ref ?? actions[0]['Fn::ImportValue'], name).toMatch(
          new RegExp(`^(Assay:ExportsOutputRef)?${topic}`),
        );
      }
    }
  });

  it('looks at one resource, and takes silence for health unless silence is what it is about', () => {
    for (const { name, Dimensions, TreatMissingData, ComparisonOperator } of alarms()) {
      expect(Dimensions, name).toHaveLength(1);
      expect([TreatMissingData, ComparisonOperator], name).toEqual(
        OTHERWISE[name] ?? ['notBreaching', 'GreaterThanThreshold'],
      );
    }
  });

  it('that is to go by its own hours or days alone has 0 where nothing was counted', () => {
    const filled = alarms().filter(({ formula }) => formula !== undefined);
    expect(filled.map(({ name }) => name)).toEqual([
      ...['AdvisoriesOld', 'CaptureDropped', 'CaptureFailed', 'SweepFaulted'],
    ]);
    for (const { formula } of filled) expect(formula).toBe('FILL(counted, 0)');
  });

  it('that watches a dead-letter queue looks each minute, and needs one message', () => {
    const queues = alarms().filter(({ name }) => name.endsWith('DeadLetters'));
    const own = ofType('AWS::SQS::Queue').filter(([id]) => id.startsWith('DeadLetters'));
    expect(queues).toHaveLength(own.length);
    for (const { name, ...alarm } of queues) {
      expect(alarm, name).toMatchObject({
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Statistic: 'Maximum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 0,
        ComparisonOperator: 'GreaterThanThreshold',
      });
    }
  });

  it.each([
    ['ReleaseFaulted', { MetricName: 'ExecutionsFailed', Statistic: 'Sum', Threshold: 0 }],
    ['ReleaseTimedOut', { MetricName: 'ExecutionsTimedOut', Statistic: 'Sum', Threshold: 0 }],
    ['RolloutFaulted', { MetricName: 'ExecutionsFailed', Statistic: 'Sum', Threshold: 0 }],
    ['RolloutTimedOut', { MetricName: 'ExecutionsTimedOut', Statistic: 'Sum', Threshold: 0 }],
    ['RollbackFaulted', { MetricName: 'ExecutionsFailed', Statistic: 'Sum', Threshold: 0 }],
    ['RollbackTimedOut', { MetricName: 'ExecutionsTimedOut', Statistic: 'Sum', Threshold: 0 }],
    ['RollbackHeld', { MetricName: 'RollbackHeld', Statistic: 'Sum', Period: 60, Threshold: 0 }],
    ['RollbackUnverified', { MetricName: 'RollbackUnverified', Statistic: 'Sum', Threshold: 0 }],
    ['EventsLate', { MetricName: 'IteratorAge', Statistic: 'Maximum', Threshold: 300_000 }],
    ['AdvisoriesOld', { MetricName: 'AdvisoriesRefreshed', Threshold: 1, EvaluationPeriods: 2 }],
    ['AdvisoriesUnreadable', { MetricName: 'AdvisoriesUnreadable', Period: 86_400, Threshold: 0 }],
    [
      'RunningVersionVulnerable',
      {
        MetricName: 'RunningVersionsVulnerable',
        Statistic: 'Maximum',
        Period: 86_400,
        Threshold: 0,
      },
    ],
    ['FleetDrifting', { MetricName: 'DriftingModelsShare', Statistic: 'Maximum', Threshold: 0.1 }],
    [
      'CaptureIncomplete',
      { MetricName: 'CaptureCoverage', Period: 3600, Threshold: 0.999, EvaluationPeriods: 3 },
    ],
    [
      'CaptureFailed',
      { MetricName: 'CaptureFailed', Statistic: 'Sum', Period: 3600, Threshold: 0 },
    ],
    [
      'DatasetChecksOverdue',
      { MetricName: 'OverdueDatasetChecks', Statistic: 'Maximum', Period: 86_400, Threshold: 0 },
    ],
    ['SweepFaulted', { MetricName: 'SweepFaults', Statistic: 'Sum', Period: 7200, Threshold: 0 }],
    ['CaptureDropped', { MetricName: 'CaptureDropped', Statistic: 'Sum', Threshold: 0 }],
    ['ApiErrors', { MetricName: '5xx', Statistic: 'Sum', Period: 300, Threshold: 5 }],
  ])('%s watches what it says', (name, expected) => {
    expect(alarms().find((alarm) => alarm.name === name)).toMatchObject(expected);
  });
});
