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

  it('that fills what is missing goes by its own periods alone, both ways', () => {
    const silence = {
      ...{ ...alarm, Period: 86_400, EvaluationPeriods: 2, FilledWith: 0 },
      ...{ ComparisonOperator: 'LessThanThreshold', Threshold: 1, TreatMissingData: 'breaching' },
    };
    const day = 86_400;
    const fault = {
      ...{ ...alarm, Period: 3600, FilledWith: 0, Threshold: 0, StateValue: 'ALARM' },
      ...{ ComparisonOperator: 'GreaterThanThreshold', TreatMissingData: 'notBreaching' },
    };
    const cases = [
      { alarm: silence, points: [point(1, 2 * day - 60)] },
      { alarm: silence, points: [point(1, 2 * day + 60)] },
      { alarm: silence, points: [] },
      { alarm: fault, points: [point(1, 3540)] },
      { alarm: fault, points: [point(1, 3660)] },
    ];
    expect(answers('evaluate', cases)).toMatchObject(
      ['OK', 'ALARM', 'ALARM', 'ALARM', 'OK'].map((state) => ({ state })),
    );
  });

  it('that fills two hours changes once where each hour has a fault, and one that fills an hour each time', () => {
    const hour = 3600;
    // Ticks have some seconds to write their line, now more and now less.
    const faults = [0, 5, 40, 10, 60].map((late, tick) => point(1, -tick * hour - late));
    const later = Array.from({ length: 7 * 60 }, (_, minute) => minute * 60);
    const told = [1, 2].map((hours) => {
      const fault = { ...alarm, ...{ Statistic: 'Sum', Period: hours * hour, FilledWith: 0 } };
      const above = { ComparisonOperator: 'GreaterThanThreshold', Threshold: 0 };
      const missing = { TreatMissingData: 'notBreaching' };
      return { alarm: { ...fault, ...above, ...missing }, points: faults, later };
    });
    const [short, long] = answers('evaluate', told) as { told: string[] }[];
    expect(short?.told.length).toBeGreaterThan(2);
    expect(long?.told).toEqual(['OK -> ALARM', 'ALARM -> OK']);
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
