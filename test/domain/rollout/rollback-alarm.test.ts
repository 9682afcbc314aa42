import { describe, expect, it } from 'vitest';
import { AlarmMessage, alarmedModel } from '#domain/rollout/rollback-alarm.ts';

const alarm = (changes: object, name = 'churn fails'): AlarmMessage =>
  AlarmMessage.parse({ AlarmName: name, NewStateValue: 'ALARM', Trigger: {}, ...changes });
const dimensions = (...pairs: string[]) =>
  pairs.map((pair) => {
    const [name = '', value = ''] = pair.split('=');
    return { name, value };
  });
const onMetric = (...pairs: string[]) => alarm({ Trigger: { Dimensions: dimensions(...pairs) } });
const onExpression = (...metrics: string[][]) =>
  alarm({
    Trigger: {
      Metrics: [
        { Id: 'e1', Expression: 'm1 / m2' },
        ...metrics.map((pairs) => ({
          MetricStat: { Metric: { Dimensions: dimensions(...pairs) } },
        })),
      ],
    },
  });

describe('the model of an alarm', () => {
  it.each([
    ['its dimensions name', onMetric('Tenant=acme', 'Model=churn', 'Unit=x')],
    [
      'the metrics of its expression name',
      onExpression(['Tenant=acme', 'Model=churn'], ['Tenant=acme']),
    ],
    ['its name says', alarm({}, 'assay/acme/churn')],
    ['its name says, whatever follows', alarm({}, 'assay/acme/churn/p95 too slow')],
  ])('is what %s', (_, message) => {
    expect(alarmedModel(message)).toEqual({ tenant: 'acme', model: 'churn' });
  });

  it('may be one version of it', () => {
    const expected = { tenant: 'acme', model: 'churn', version: '1.2.0' };
    expect(alarmedModel(onMetric('Tenant=acme', 'Model=churn', 'Version=1.2.0'))).toEqual(expected);
    expect(alarmedModel(alarm({}, 'assay/acme/churn@1.2.0/errors'))).toEqual(expected);
  });

  it('is by its dimensions, where its name says otherwise', () => {
    const Dimensions = dimensions('Tenant=acme', 'Model=churn');
    const message = alarm({ Trigger: { Dimensions } }, 'assay/globex/fraud');
    expect(alarmedModel(message)).toEqual({ tenant: 'acme', model: 'churn' });
  });

  it('is by its name where it is made of others, whose message has no metric', () => {
    const { Trigger: _, ...composite } = alarm({}, 'assay/acme/churn');
    expect(alarmedModel(AlarmMessage.parse(composite))).toEqual({ tenant: 'acme', model: 'churn' });
  });

  it.each([
    ['names none', onMetric('FunctionName=infer')],
    ['names half of one', onMetric('Model=churn')],
    ['names several', onExpression(['Tenant=acme', 'Model=churn'], ['Tenant=acme', 'Model=fraud'])],
    ['names what cannot be one', onMetric('Tenant=ACME', 'Model=churn')],
    ['is named like something else', alarm({}, 'assay-acme-churn')],
    ['is named by half', alarm({}, 'assay/acme')],
  ])('is unknown where it %s', (_, message) => {
    expect(alarmedModel(message)).toBeUndefined();
  });
});
