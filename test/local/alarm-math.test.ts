import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { findPython } from '../../local/python.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

let python = '';
beforeAll(async () => {
  python = (await findPython()).executable;
});

const made = (...templates: readonly object[]): unknown[] =>
  JSON.parse(
    execFileSync(python, [path('python/alarm_math_cases.py'), path('../../local/python')], {
      input: JSON.stringify(templates),
      encoding: 'utf8',
    }),
  );

const counted = (Id: string, Stat = 'Sum') => ({
  ...{ Id, ReturnData: false },
  MetricStat: {
    Metric: {
      ...{ Namespace: 'Assay', MetricName: 'CaptureFailed' },
      Dimensions: [{ Name: 'Fleet', Value: 'All' }],
    },
    ...{ Period: 3600, Stat },
  },
});
const formula = (Expression: string) => ({ Id: 'expr_1', Expression, ReturnData: true });

describe('an alarm on metric math in a template', () => {
  it('is one on the metric, that has a value where nothing was counted', () => {
    const Metrics = [formula('FILL(counted, 0)'), counted('counted')];
    expect(made({ Threshold: 0, Metrics })).toEqual([
      {
        ...{ AlarmName: 'a', Threshold: 0, FilledWith: 0 },
        ...{ Namespace: 'Assay', MetricName: 'CaptureFailed', Statistic: 'Sum', Period: 3600 },
        Dimensions: [{ Name: 'Fleet', Value: 'All' }],
      },
    ]);
  });

  it('keeps its percentile and its value', () => {
    const Metrics = [counted('m', 'p99'), formula('FILL( m , -1.5 )')];
    expect(made({ Metrics })).toMatchObject([{ ExtendedStatistic: 'p99', FilledWith: -1.5 }]);
  });

  it.each([
    ['another formula', [formula('FILL(a, REPEAT)'), counted('a')]],
    ['a metric that is not there', [formula('FILL(b, 0)'), counted('a')]],
    ['two metrics', [formula('FILL(a, 0)'), counted('a'), counted('b')]],
    ['no formula', [counted('a')]],
  ])('is refused for %s', (_, Metrics) => {
    expect(made({ Metrics })).toEqual([
      { refused: expect.stringContaining('expected one FILL(metric, number) and its metric') },
    ]);
  });

  it('leaves alarms without a formula as they are', () => {
    expect(made({ MetricName: '5xx' })).toEqual([{ AlarmName: 'a', MetricName: '5xx' }]);
  });
});
