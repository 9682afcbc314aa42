import { describe, expect, it } from 'vitest';
import { readDefinition } from '#domain/monitoring/dashboard/definition.ts';
import { ofTenant } from '#domain/monitoring/dashboard/of-tenant.ts';
import { periodOf, thinned } from '#domain/monitoring/dashboard/question.ts';
import { readConfig } from '../../lib/config.ts';
import { ofType } from '../support/deployed.ts';
import { actionsOf, allowed, roleOf } from '../support/permissions.ts';
import { ACCOUNT, productionStacks, REGION, synthesise } from '../support/stacks.ts';

interface Widget {
  readonly type: string;
  readonly properties: {
    readonly title: string;
    readonly query?: string;
    readonly metrics?: readonly (readonly unknown[])[];
  };
}

/** References within the body are of log groups, functions and the region. */
function body(): { readonly widgets: Widget[] } {
  const [dashboard] = Object.values(
    productionStacks().assay.findResources('AWS::CloudWatch::Dashboard'),
  );
  const parts = dashboard?.Properties.DashboardBody['Fn::Join'][1] as (string | object)[];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'reference')).join(''));
}
const widgets = () => body().widgets;
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

describe('what the API draws of the dashboard', () => {
  const home = { region: 'reference', accountId: ACCOUNT };
  const { spanMs = 0, widgets: read = [] } = readDefinition(JSON.stringify(body()), home) ?? {};
  const acme = { tenant: 'acme', infer: 'reference' };
  const graphs = read.flatMap((widget) => (widget.kind === 'graph' ? [widget] : []));

  it('is all of it: six widgets of two days, each line of their sources', () => {
    expect(spanMs).toBe(48 * 3_600_000);
    expect(read.map(({ kind }) => kind).sort()).toEqual([...Array(5).fill('graph'), 'log']);
    expect(graphs.map(({ unread }) => unread)).toEqual([0, 0, 0, 0, 0]);
  });

  it('is for each tenant its own models', () => {
    const asked = graphs.flatMap((widget) => widget.asked);
    const searches = asked.filter((one) => 'expression' in one);
    expect(searches).toHaveLength(7);
    for (const search of searches) {
      const narrowed = ofTenant(search, acme);
      expect(narrowed && 'expression' in narrowed && narrowed.expression).toContain(
        `SEARCH('{Assay,Model,Stage,Tenant} Tenant="acme" (MetricName=`,
      );
    }
    for (const one of asked) expect(ofTenant(one, acme)).toBeDefined();
  });

  it('is of periods that need not be longer for it', () => {
    const span = { from: 0, to: spanMs };
    for (const one of graphs.flatMap((widget) => widget.asked)) {
      expect(periodOf(thinned(one, span))).toBe(periodOf(one));
    }
  });

  it('is told apart from the dashboard of another region', () => {
    const [{ Properties } = { Properties: {} }] = Object.values(
      productionStacks().assay.findResources('AWS::CloudWatch::Dashboard'),
    );
    expect(Properties.DashboardName).toBe(`Assay-${REGION}`);
  });

  it('says what its numbers are of', () => {
    for (const { axes, asked } of graphs) {
      for (const { side } of asked) expect(axes[side]?.label).toBeTruthy();
    }
  });

  it('is read by the API alone, which can change no dashboard and no metric', async () => {
    const resource = `arn:aws:cloudwatch::${ACCOUNT}:dashboard/Assay-${REGION}`;
    expect(await allowed({ action: 'cloudwatch:GetDashboard', resource })).toEqual(['ServeApi']);
    const another = `arn:aws:cloudwatch::${ACCOUNT}:dashboard/Other`;
    expect(await allowed({ action: 'cloudwatch:GetDashboard', resource: another })).toEqual([]);
    expect(await allowed({ action: 'cloudwatch:GetMetricData', resource: '*' })).toContain(
      'ServeApi',
    );
    const granted = actionsOf(roleOf('ServeApi')).filter((action) => /^cloudwatch:/.test(action));
    expect(granted).toEqual(['cloudwatch:GetDashboard', 'cloudwatch:GetMetricData']);
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
    const { monitoring } = synthesise({ config: readConfig('local/deployment.json') });
    monitoring.resourceCountIs('AWS::Logs::QueryDefinition', 0);
  });
});
