import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { findPython } from '../../local/python.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

let python = '';
beforeAll(async () => {
  python = (await findPython()).executable;
});

const answers = (what: 'decide' | 'evaluate', cases: readonly object[]): unknown[] =>
  JSON.parse(
    execFileSync(python, [path('python/alarm_cases.py'), path('../../local/python'), what], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
    }),
  );

const MISSING = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
const STATES = { A: 'ALARM', O: 'OK', I: 'INSUFFICIENT_DATA', '=': null } as const;

/**
 * The tables of CloudWatch's User Guide, "Configuring how CloudWatch alarms treat missing data": the
 * newest point last; then the states where missing data is missing, ignored, breaching and not; `=`
 * keeps the state.
 */
const THREE_OF_THREE = [
  ['0 - X - X', 'OOOO'],
  ['0 - - - -', 'OOOO'],
  ['- - - - -', 'I=AO'],
  ['0 X X - X', 'AAAA'],
  ['- - X - -', 'A=AO'],
] as const;
const TWO_OF_THREE = [
  ['0 - X - X', 'AAAA'],
  ['0 0 X 0 X', 'AAAA'],
  ['0 - X - -', 'OOAO'],
  ['- - - - 0', 'OOAO'],
  ['- - - X -', 'A=AO'],
] as const;

describe('an alarm of the local cloud', () => {
  it.each([
    ['3 of 3', 3, THREE_OF_THREE],
    ['2 of 3', 2, TWO_OF_THREE],
  ])('that asks for %s treats missing data as documented', (_, datapoints, table) => {
    const cases = table.flatMap(([points]) =>
      MISSING.map((missing) => ({ points, periods: 3, datapoints, missing })),
    );
    const expected = table.flatMap(([, states]) =>
      [...states].map((state) => STATES[state as keyof typeof STATES]),
    );
    expect(answers('decide', cases)).toEqual(expected);
  });

  it('does not go off by one point that is too young to have had company', () => {
    const cases = ['- - - - X', '- - - X -'].flatMap((points) =>
      (['missing', 'ignore'] as const).map((missing) => ({
        ...{ points, periods: 3, datapoints: 3, missing },
      })),
    );
    expect(answers('decide', cases)).toEqual([
      'INSUFFICIENT_DATA',
      null,
      'INSUFFICIENT_DATA',
      null,
    ]);
  });

  const churn = { Tenant: 'acme', Model: 'churn' };
  const alarm = {
    Dimensions: Object.entries(churn).map(([Name, Value]) => ({ Name, Value })),
    Statistic: 'Maximum',
    Period: 60,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Threshold: 3,
    TreatMissingData: 'ignore',
    StateValue: 'OK',
  };
  const point = (value: number, age: number, dimensions: object = churn) => ({
    ...{ value, age, dimensions },
  });

  it('goes off by its own metric, and tells it once', () => {
    const [reply] = answers('evaluate', [{ alarm, points: [point(3, 1)] }]);
    expect(reply).toEqual({ state: 'ALARM', told: ['OK -> ALARM'] });
  });

  it('is not moved by the metric of another model, nor by one with more dimensions or fewer', () => {
    const others = [{ ...churn, Model: 'fraud' }, { ...churn, Stage: 'PRODUCTION' }, {}];
    const cases = others.map((dimensions) => ({ alarm, points: [point(4, 1, dimensions)] }));
    for (const reply of answers('evaluate', cases))
      expect(reply).toEqual({ state: 'OK', told: [] });
  });

  it('stays as it is until somebody says otherwise, where it ignores silence', () => {
    const fired = { ...alarm, StateValue: 'ALARM' };
    const cases = [
      { alarm: fired, points: [point(4, 7200)] },
      { alarm: fired, points: [point(4, 100), point(0, 1)] },
    ];
    expect(answers('evaluate', cases)).toEqual([
      { state: 'ALARM', told: [] },
      { state: 'OK', told: ['ALARM -> OK'] },
    ]);
  });

  it('on silence goes off once there was nothing for its periods and two more', () => {
    const heartbeat = {
      ...alarm,
      Statistic: 'SampleCount',
      EvaluationPeriods: 3,
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
    };
    const cases = [290, 310].map((age) => ({ alarm: heartbeat, points: [point(1, age)] }));
    expect(answers('evaluate', cases)).toEqual([
      { state: 'OK', told: [] },
      { state: 'ALARM', told: ['OK -> ALARM'] },
    ]);
  });
});
