import type { ModelFigures } from '../model-figures.ts';
import type { Dashboard } from '../monitoring-schemas.ts';
import type { Style } from '../output.ts';
import { percent } from '../rollout-standing.ts';
import { table } from './table.ts';
import { shown, wrap } from './text.ts';

/** Where CloudWatch's console shows a dashboard. */
export function consoleUrl({ region, name }: Dashboard): string {
  const [of, dashboard] = [encodeURIComponent(region), encodeURIComponent(name)];
  return `https://${of}.console.aws.amazon.com/cloudwatch/home?region=${of}#dashboards/dashboard/${dashboard}`;
}

interface Shown {
  readonly url: string;
  readonly models: readonly ModelFigures[];
  /** Models that are not among them. */
  readonly left: number;
}

type Row = (figures: ModelFigures) => readonly string[];

interface Widget {
  readonly title: string;
  readonly head: readonly string[];
  readonly row: Row;
}

const number = (value: number | null | undefined): string => (value == null ? '' : shown(value));
const share = (value: number | null | undefined): string => (value == null ? '' : percent(value));

/** Of the dashboard, by their titles there. */
const WIDGETS: readonly Widget[] = [
  {
    title: 'prediction_accuracy_trend',
    head: ['MEASURED', 'ESTIMATED', 'REFERENCE'],
    row: ({ accuracy }) => [
      number(accuracy?.measured?.now),
      number(accuracy?.estimated?.now),
      number((accuracy?.measured ?? accuracy?.estimated)?.reference),
    ],
  },
  {
    title: 'prediction_latency_distribution',
    head: ['P50 MS', 'P95 MS', 'P99 MS'],
    row: ({ service }) => [
      number(service?.latencyMs?.p50),
      number(service?.latencyMs?.p95),
      number(service?.latencyMs?.p99),
    ],
  },
  {
    title: 'data_drift_scores',
    head: ['INPUTS OF WHAT WARNS', 'ANSWERS OF WHAT WARNS', 'FEATURES THAT DRIFT'],
    row: ({ window }) => [
      share(window?.inputs.greatestRatio),
      share(window?.answers?.ratios.warn),
      share(window?.inputs.driftedShare),
    ],
  },
  {
    title: 'model_version_adoption',
    head: ['IN PRODUCTION', 'ON TRIAL', 'SHARE'],
    row: ({ version, trial }) => [version ?? '', trial?.version ?? '', share(trial?.share)],
  },
  {
    title: 'error_rates_by_model',
    head: ['FAILED', 'REQUESTS', 'HOURS'],
    row: ({ service }) => [
      share(service?.errorRate),
      number(service?.requests),
      number(service?.hours),
    ],
  },
  {
    title: 'resource_utilization',
    head: ['FROM THE CACHE'],
    row: ({ service }) => [share(service?.cacheHitShare)],
  },
];

/** The address, and each widget as a table: what it would draw at its right end. */
export function dashboardView({ url, models, left }: Shown, { colors, columns }: Style): string {
  const widget = ({ title, head, row }: Widget): string[] => [
    '',
    colors.bold(title),
    table(
      ['MODEL', ...head],
      models.map((figures) => [figures.model, ...row(figures)]),
      colors,
    ),
  ];
  return [
    url,
    ...wrap(
      'The console of AWS draws it. An API that runs elsewhere has no console: "assay dashboard --html FILE" draws its widgets, and below are the numbers of each by the latest checks.',
      columns,
      '',
    ),
    ...(models.length > 0 ? WIDGETS.flatMap(widget) : ['', 'no version is in production']),
    ...(left > 0 ? ['', `and ${left} more models; see "assay monitor status"`] : []),
  ].join('\n');
}

interface Drawn {
  readonly url: string;
  readonly page: string;
  readonly widgets: number;
}

export const drawnView = ({ url, page, widgets }: Drawn): string =>
  [`${widgets} widgets are drawn in ${page}`, `The console of AWS has them at ${url}`].join('\n');
