import { Duration } from 'aws-cdk-lib';
import {
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  MathExpression,
  PeriodOverride,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { AssayFunction } from './assay-function.ts';
import { ADOPTION } from './saved-queries.ts';

export const DASHBOARD_NAME = 'Assay';

/** CloudWatch shows so many lines of one search. */
const MODELS_SHOWN = 100;
const SIZE = { width: 12, height: 7 };

/** What runs, in six widgets. Every model appears by itself, as searches find it. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { infer }: { readonly infer: AssayFunction }) {
    super(scope, id);
    new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: DASHBOARD_NAME,
      defaultInterval: Duration.days(2),
      periodOverride: PeriodOverride.INHERIT,
      widgets: [
        [
          graph('prediction_accuracy_trend', [
            ofModels('model_prediction_accuracy', 'Minimum', 'measured'),
            ofModels('EstimatedAccuracy', 'Minimum', 'estimated'),
          ]),
          graph('prediction_latency_distribution', [
            ofModels('model_prediction_latency', 'Maximum', 'p95 ms'),
            ...[50, 95, 99].map((percent) => duration(infer, percent, 'all requests')),
          ]),
        ],
        [
          graph('data_drift_scores', [
            ofModels('MaxPsiRatio', 'Maximum', 'inputs, × what warns'),
            ofModels('PredictionPsiRatio', 'Maximum', 'answers, × what warns'),
            ofModels('DriftSeverity', 'Maximum', 'severity'),
          ]),
          adoption(infer),
        ],
        [
          graph('error_rates_by_model', [ofModels('ErrorRate', 'Maximum', 'errors')]),
          graph('resource_utilization', utilization(infer)),
        ],
      ],
    });
  }
}

const graph = (title: string, left: IMetric[]): IWidget =>
  new GraphWidget({ title, left, ...SIZE });

/** Versions are no dimension of any metric, which each of them would add to the bill for ever. */
const adoption = ({ logGroup }: AssayFunction): IWidget =>
  new LogQueryWidget({
    title: 'model_version_adoption',
    logGroupNames: [logGroup.logGroupName],
    queryLines: [...ADOPTION],
    view: LogQueryVisualizationType.TABLE,
    ...SIZE,
  });

function ofModels(metric: string, statistic: string, label: string): IMetric {
  const period = Duration.hours(1);
  const found = `SEARCH('{Assay,Model,Stage,Tenant} MetricName="${metric}"', '${statistic}', ${period.toSeconds()})`;
  return new MathExpression({
    expression: `SLICE(SORT(${found}, MAX, DESC), 0, ${MODELS_SHOWN})`,
    usingMetrics: {},
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch fills it in
    label: "${PROP('Dim.Tenant')}/${PROP('Dim.Model')} ".concat(label),
    period,
  });
}

const EVERY = { period: Duration.minutes(5) };

const duration = (fn: AssayFunction, percent: number, of: string): IMetric =>
  fn.metricDuration({ statistic: Stats.p(percent), ...EVERY, label: `${of} p${percent} ms` });

const utilization = (fn: AssayFunction): IMetric[] => [
  fn.metric('ConcurrentExecutions', { statistic: Stats.MAXIMUM, ...EVERY, label: 'at once' }),
  fn.metricInvocations({ statistic: Stats.SUM, ...EVERY, label: 'requests' }),
  fn.metricThrottles({ statistic: Stats.SUM, ...EVERY, label: 'throttled' }),
  fn.metricErrors({ statistic: Stats.SUM, ...EVERY, label: 'broken off' }),
];
