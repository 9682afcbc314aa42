import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import {
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  MathExpression,
  PeriodOverride,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { LEVELS } from '#domain/gates/monitoring-policy.ts';
import { severityOf } from '#domain/monitoring/alarms/severity.ts';
import { ADOPTION_TITLE } from '#domain/monitoring/dashboard/draw.ts';
import type { AssayFunction } from './assay-function.ts';
import { grantReadMetrics } from './cloudwatch-rights.ts';
import { ADOPTION } from './saved-queries.ts';

/** CloudWatch shows so many lines of one search. */
const MODELS_SHOWN = 100;
const SIZE = { width: 12, height: 7 };

/** What runs, in six widgets. Every model appears by itself, as searches find it. */
export class Dashboard extends Construct {
  /** Dashboards are of an account, whichever region made them: without it, two would share one. */
  readonly name: string;
  readonly #infer: AssayFunction;

  constructor(scope: Construct, id: string, { infer }: { readonly infer: AssayFunction }) {
    super(scope, id);
    const { stackName, region } = Stack.of(this);
    this.name = `${stackName}-${region}`;
    this.#infer = infer;
    new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: this.name,
      defaultInterval: Duration.days(2),
      periodOverride: PeriodOverride.INHERIT,
      widgets: [
        [
          graph('prediction_accuracy_trend', {
            left: [
              ofModels('model_prediction_accuracy', 'Minimum', LEAST_FIRST, 'measured'),
              ofModels('EstimatedAccuracy', 'Minimum', LEAST_FIRST, 'estimated'),
            ],
            leftYAxis: { label: 'share of right answers', showUnits: false },
          }),
          graph('prediction_latency_distribution', {
            left: [
              ofModels('model_prediction_latency', 'Maximum', GREATEST_FIRST, 'p95'),
              ...[50, 95, 99].map((percent) => duration(infer, percent, 'all requests')),
            ],
            leftYAxis: { label: 'ms', min: 0, showUnits: false },
          }),
        ],
        [
          graph('data_drift_scores', {
            left: [
              ofModels('MaxPsiRatio', 'Maximum', GREATEST_FIRST, 'inputs'),
              ofModels('PredictionPsiRatio', 'Maximum', GREATEST_FIRST, 'answers'),
            ],
            leftYAxis: { label: 'ratio to what warns', min: 0, showUnits: false },
            leftAnnotations: [{ value: 1, label: 'warns' }],
            right: [ofModels('DriftSeverity', 'Maximum', GREATEST_FIRST, 'severity')],
            rightYAxis: {
              label: LEVELS.map((level) => `${severityOf(level)} ${level}`).join(', '),
              min: 0,
              max: severityOf('critical'),
              showUnits: false,
            },
          }),
          adoption(infer),
        ],
        [
          graph('error_rates_by_model', {
            left: [ofModels('ErrorRate', 'Maximum', GREATEST_FIRST, 'errors')],
            leftYAxis: { label: 'share of requests', min: 0, showUnits: false },
          }),
          graph('resource_utilization', {
            left: [infer.metricInvocations({ ...SUM, label: 'requests' })],
            leftYAxis: { label: 'requests in 15 minutes', min: 0, showUnits: false },
            right: [
              infer.metric('ConcurrentExecutions', {
                ...{ statistic: Stats.MAXIMUM, ...EVERY, label: 'at once' },
              }),
              infer.metricThrottles({ ...SUM, label: 'throttled' }),
              infer.metricErrors({ ...SUM, label: 'broken off' }),
            ],
            rightYAxis: { label: 'requests', min: 0, showUnits: false },
          }),
        ],
      ],
    });
  }

  /** What it shows, to whom it does not show itself. */
  grantRead(fn: AssayFunction): void {
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['cloudwatch:GetDashboard'],
        resources: [
          // Dashboards are of an account: their names have no region.
          Stack.of(this).formatArn({
            ...{ service: 'cloudwatch', region: '', resource: 'dashboard' },
            ...{ resourceName: this.name, arnFormat: ArnFormat.SLASH_RESOURCE_NAME },
          }),
        ],
      }),
    );
    grantReadMetrics(fn);
    fn.addEnvironment('DASHBOARD', this.name);
    fn.addEnvironment('INFER_FUNCTION_ARN', this.#infer.functionArn);
  }
}

const graph = (title: string, drawn: Omit<GraphWidgetProps, 'title'>): IWidget =>
  new GraphWidget({ title, ...drawn, ...SIZE });

/** Versions are no dimension of any metric, which each of them would add to the bill for ever. */
const adoption = ({ logGroup }: AssayFunction): IWidget =>
  new LogQueryWidget({
    title: ADOPTION_TITLE,
    logGroupNames: [logGroup.logGroupName],
    queryLines: [...ADOPTION],
    view: LogQueryVisualizationType.TABLE,
    ...SIZE,
  });

/** The gravest are those that are shown: of some that is the least number, of others the greatest. */
const LEAST_FIRST = 'MIN, ASC';
const GREATEST_FIRST = 'MAX, DESC';

function ofModels(metric: string, statistic: string, order: string, label: string): IMetric {
  const period = Duration.hours(1);
  const found = `SEARCH('{Assay,Model,Stage,Tenant} MetricName="${metric}"', '${statistic}', ${period.toSeconds()})`;
  return new MathExpression({
    expression: `SLICE(SORT(${found}, ${order}), 0, ${MODELS_SHOWN})`,
    usingMetrics: {},
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch fills it in
    label: "${PROP('Dim.Tenant')}/${PROP('Dim.Model')} ".concat(label),
    period,
  });
}

/** The API draws no more than 300 points of a line; two days have 192. */
const EVERY = { period: Duration.minutes(15) };
const SUM = { statistic: Stats.SUM, ...EVERY };

const duration = (fn: AssayFunction, percent: number, of: string): IMetric =>
  fn.metricDuration({ statistic: Stats.p(percent), ...EVERY, label: `${of} p${percent}` });
