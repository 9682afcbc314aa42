import type {
  CheckAsked,
  Compared,
  Headline,
  Monitored,
  Pair,
  Report,
} from '../monitoring-schemas.ts';
import { monitoringStanding } from '../monitoring-standing.ts';
import type { Style } from '../output.ts';
import { percent } from '../rollout-standing.ts';
import { table } from './table.ts';
import { ago, cut, shown, utc, wrap } from './text.ts';

const paintOf = (exit: number, { colors }: Style) =>
  exit === 0 ? colors.green : exit === 1 ? colors.red : colors.yellow;

/** How one model fares: its alarms, what they hold back, when it was checked. */
export function monitoredView(monitored: Monitored, style: Style): string {
  const { model, version, alarms } = monitored;
  const { text, exit } = monitoringStanding(monitored, style.now);
  return [
    `${style.colors.bold(version ? `${model}@${version}` : model)}  ${paintOf(exit, style)(text)}`,
    ...facts(monitored, style),
    ...(alarms.length > 0 ? ['', alarmsTable(monitored, style)] : []),
    ...nextSteps(monitored, style),
  ].join('\n');
}

function facts(monitored: Monitored, { columns, now }: Style): string[] {
  const { blocked, checkedAt, faulted, latest, retrainings } = monitored;
  const checks = Object.entries(checkedAt ?? {}).map(([kind, at]) => `${kind} ${ago(at, now)}`);
  const faults = Object.entries(faulted ?? {}).map(
    ([kind, { since, at }]) => `${kind} since ${ago(since, now)}, last tried ${ago(at, now)}`,
  );
  const retraining = retrainings.at(-1);
  return [
    ...(checks.length > 0 ? [`  checked    ${checks.join(', ')}`] : []),
    ...(faults.length > 0 ? [`  faulted    ${faults.join('; ')}`] : []),
    ...(latest ? [`  report     ${latest.id}, ${ago(latest.at, now)}`] : []),
    ...(retraining ? [`  retraining proposed ${ago(retraining, now)}`] : []),
    ...(blocked
      ? wrap(
          `promotions are blocked${blocked.since ? ` since ${utc(blocked.since)}` : ''}${blocked.by ? ` by ${blocked.by}` : ''}`,
          columns,
          '  ',
        )
      : []),
  ];
}

const alarmsTable = ({ alarms }: Monitored, { colors, now }: Style): string =>
  table(
    ['WATCHED', 'ALARM', 'SINCE', 'OF WHAT WARNS', 'CHECKED'],
    alarms.map(({ watched, raised, since, lapsed, ratio, checkedAt }) => [
      watched,
      raised ? colors.red(raised) : lapsed ? colors.yellow('not known') : 'quiet',
      raised && since ? ago(since, now) : lapsed ? ago(lapsed.at, now) : '',
      percent(ratio),
      ago(checkedAt, now),
    ]),
    colors,
  );

function nextSteps({ model, blocked, latest, updatedAt }: Monitored, { colors }: Style): string[] {
  const hints = [
    ...(updatedAt ? [] : [`assay monitor check ${model} --wait`]),
    ...(latest ? [`assay drift ${model} --report`] : []),
    ...(blocked ? [`assay rollout status ${model}`] : []),
  ];
  return hints.length > 0 ? ['', ...hints.map((hint) => colors.dim(`  ${hint}`))] : [];
}

/** Every model in production, a line each. */
export function fleetView(models: readonly Monitored[], style: Style): string {
  if (models.length === 0) return 'no version is in production';
  const { colors, now } = style;
  return table(
    ['MODEL', 'VERSION', 'ALARMS', 'PROMOTIONS', 'CHECKED'],
    models.map((monitored) => {
      const { text, exit } = monitoringStanding(monitored, now);
      const { model, version, blocked, updatedAt } = monitored;
      return [
        model,
        version ?? '',
        paintOf(exit, style)(text),
        blocked ? 'blocked' : '',
        updatedAt ? ago(updatedAt, now) : 'never',
      ];
    }),
    colors,
  );
}

export function headlinesView(headlines: readonly Headline[], { colors, now }: Style): string {
  if (headlines.length === 0) return 'no report yet';
  return table(
    ['REPORT', 'CHECKED', 'VERSION', 'KINDS', 'OUTCOME', 'ALARM', 'DRIFTED'],
    headlines.map(({ id, at, version, kinds, outcome, level, drifted }) => [
      id,
      ago(at, now),
      version,
      kinds.join(', '),
      outcome,
      level && level !== 'none' ? level : '',
      cut(drifted.join(', '), 40),
    ]),
    colors,
  );
}

export const askedView = ({ model, version, kinds }: CheckAsked): string =>
  `${model}@${version} is checked for ${kinds.join(', ')}; see "assay monitor reports ${model}"`;

const FEATURES = 20;
const PAIRS = 5;

/** One report, top down: windows, what drifted, outcomes, service, what could not be judged. */
export function reportView(report: Report, style: Style): string {
  const { id, model, version, at, kinds, windows, consequences, notes } = report;
  const { colors, columns } = style;
  return [
    `${colors.bold(`${model}@${version}`)}  ${kinds.join(', ')}, checked ${utc(at)}`,
    `  report     ${id}`,
    ...windows.flatMap((window) => ['', ...windowLines(window, style)]),
    ...outcomeLines(report),
    ...(consequences.length > 0
      ? ['', ...consequences.map((one) => `  ${one.watched}: ${one.consequence}`)]
      : []),
    ...(notes.length > 0 ? ['', ...notes.flatMap((note) => wrap(note, columns, '  '))] : []),
  ].join('\n');
}

function windowLines(window: Report['windows'][number], style: Style): string[] {
  const { hours, rows, inputs, features, answers, dependence } = window;
  const { colors } = style;
  const level = inputs.level ? ` (${inputs.level})` : '';
  const left = features.length - FEATURES;
  return [
    `${colors.bold(`Last ${shown(hours)} h`)}  ${rows} rows, inputs ${inputs.outcome}${level}, ${percent(inputs.driftedShare)} of the features drift`,
    table(
      ['FEATURE', 'OUTCOME', 'OF WHAT WARNS', 'PSI', 'MISSING', 'ROWS'],
      [...features.slice(0, FEATURES), ...(answers ? [answers] : [])].map(comparedRow),
      colors,
    ),
    ...(left > 0 ? [`  and ${left} more, each nearer to the reference`] : []),
    ...(dependence ? dependenceLines(dependence, style) : []),
  ];
}

function dependenceLines(
  { outcome, level, pairs }: NonNullable<Report['windows'][number]['dependence']>,
  { colors }: Style,
): string[] {
  const left = pairs.length - PAIRS;
  return [
    `dependence ${outcome}${level ? ` (${level})` : ''} of ${pairs.length} pairs of features`,
    table(
      ['PAIR', 'OUTCOME', 'OF WHAT WARNS', 'PSI', 'CORRELATION', 'ROWS'],
      pairs.slice(0, PAIRS).map(pairRow),
      colors,
    ),
    ...(left > 0 ? [`  and ${left} more, each nearer to the reference`] : []),
  ];
}

/** Where a feature drifted by itself it moved the pair, which needs no other explanation. */
const pairRow = ({ name, outcome, level, ratios, statistics, correlation, moved, rows }: Pair) => [
  cut(name, 60),
  outcome === 'STABLE' && moved.length > 0
    ? 'moved by a feature'
    : level
      ? `${outcome} (${level})`
      : outcome,
  percent(ratios.warn),
  statistics.psi ? shown(statistics.psi.value) : '',
  `${shown(correlation)} before`,
  String(rows),
];

const comparedRow = ({ name, outcome, level, ratios, statistics, missing, rows }: Compared) => [
  cut(name, 40),
  level ? `${outcome} (${level})` : outcome,
  percent(ratios.warn),
  statistics.psi ? shown(statistics.psi.value) : '',
  percent(missing.share),
  String(rows),
];

function outcomeLines({ accuracy, calibration, service }: Report): string[] {
  const means = Object.entries({
    measured: accuracy?.measured,
    estimated: accuracy?.estimated,
  }).flatMap(([how, mean]) =>
    mean
      ? [
          `  accuracy   ${shown(mean.now)} ${how} of ${mean.rows} rows, reference ${shown(mean.reference)}: ${mean.outcome}`,
        ]
      : [],
  );
  const lines = [
    ...means,
    ...(calibration
      ? [
          `  calibration error ${shown(calibration.error)}, at most ${shown(calibration.limit)}: ${calibration.outcome}`,
        ]
      : []),
    ...(service
      ? [
          `  service    ${service.requests} requests in ${shown(service.hours)} h, ${percent(service.errorRate)} failed, ${percent(service.cacheHitShare)} from the cache${service.latencyMs ? `, p95 ${shown(service.latencyMs.p95)} ms` : ''}`,
        ]
      : []),
  ];
  return lines.length > 0 ? ['', ...lines] : [];
}
