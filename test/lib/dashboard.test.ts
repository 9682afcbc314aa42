import { describe, expect, it } from 'vitest';
import { readConfig } from '../../lib/config.ts';
import { ofType } from '../support/deployed.ts';
import { productionStacks, synthesise } from '../support/stacks.ts';

interface Widget {
  readonly type: string;
  readonly properties: {
    readonly title: string;
    readonly query?: string;
    readonly metrics?: readonly (readonly unknown[])[];
  };
}

/** References within the body are of log groups, functions and the region. */
function widgets(): Widget[] {
  const [dashboard] = Object.values(
    productionStacks().assay.findResources('AWS::CloudWatch::Dashboard'),
  );
  const body = dashboard?.Properties.DashboardBody['Fn::Join'][1] as (string | object)[];
  return JSON.parse(body.map((part) => (typeof part === 'string' ? part : 'reference')).join(''))
    .widgets;
}
const titled = (title: string) => widgets().find(({ properties }) => properties.title === title);
const expressions = (title: string): string =>
  JSON.stringify(titled(title)?.properties.metrics ?? []);

describe('the dashboard', () => {
  it('has the six widgets that the requirements name', () => {
    expect(widgets().map(({ properties }) => properties.title)).toEqual([
      'prediction_accuracy_trend',
      'prediction_latency_distribution',
      'data_drift_scores',
      'model_version_adoption',
      'error_rates_by_model',
      'resource_utilization',
    ]);
  });

  it.each([
    ['prediction_accuracy_trend', ['model_prediction_accuracy', 'EstimatedAccuracy']],
    ['prediction_latency_distribution', ['model_prediction_latency']],
    ['data_drift_scores', ['MaxPsiRatio', 'PredictionPsiRatio', 'DriftSeverity']],
    ['error_rates_by_model', ['ErrorRate']],
  ])('%s finds every model by itself', (title, metrics) => {
    for (const metric of metrics) {
      expect(expressions(title)).toContain(
        `SEARCH('{Assay,Model,Stage,Tenant} MetricName=\\\\"${metric}\\\\"'`.replaceAll(
          '\\\\',
          '\\',
        ),
      );
    }
  });

  it('counts versions by the log, and shows how serving uses what it has', () => {
    expect(titled('model_version_adoption')).toMatchObject({
      type: 'log',
      properties: {
        query: expect.stringMatching(/stats count\(\*\) as answers by tenant, model, version/),
      },
    });
    for (const metric of ['ConcurrentExecutions', 'Throttles', 'Invocations', 'Errors']) {
      expect(expressions('resource_utilization')).toContain(metric);
    }
  });
});

describe('saved queries', () => {
  it('ask for errors, slow requests, fallbacks and faults of checks', () => {
    const names = ofType('AWS::Logs::QueryDefinition').map(([, { Properties }]) => Properties.Name);
    expect(names.sort()).toEqual([
      'Assay/answered requests by error',
      'Assay/answers by version',
      'Assay/candidates that stable answered for',
      'Assay/checks that faulted',
      'Assay/slowest requests',
    ]);
  });

  it('are left out where a deployment wants none, as the local cloud does', () => {
    const { assay } = synthesise({ config: readConfig('local/deployment.json') });
    assay.resourceCountIs('AWS::Logs::QueryDefinition', 0);
  });
});
