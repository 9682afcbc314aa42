import type { Arm, Experiment, ExperimentBrief } from '../experiment-schemas.ts';
import { experimentStanding } from '../experiment-standing.ts';
import type { Style } from '../output.ts';
import { percent } from '../rollout-standing.ts';
import { table } from './table.ts';
import { ago, shown, span, utc, wrap } from './text.ts';

/** An experiment of `model`: what it compares, what each arm has shown, what is lacking. */
export const experimentView =
  (model: string) =>
  (experiment: Experiment, style: Style): string =>
    [
      ...header(model, experiment, style),
      '',
      armsTable(experiment, style),
      ...sharing(experiment, style),
      ...lacking(experiment, style),
      ...nextSteps(model, experiment, style),
    ].join('\n');

function header(model: string, experiment: Experiment, { colors, now }: Style): string[] {
  const { id, status, metric, plan, lookedAt, nextLookAt } = experiment;
  const { text, exit } = experimentStanding(experiment);
  const paint = exit === 0 ? colors.green : exit === 1 ? colors.red : colors.yellow;
  const { min, max } = plan.hours;
  const next = nextLookAt ? `, next in ${span(Math.max(0, Date.parse(nextLookAt) - now))}` : '';
  return [
    `${colors.bold(`${model} ${id}`)}  ${status}  ${paint(text)}`,
    `  metric      ${metric.id}, ${metric.better} is better`,
    `  shares      ${plan.allocation.kind}`,
    `  time        ${timeText(experiment, now)} of ${min} to ${max} h`,
    ...(lookedAt ? [`  looked      ${ago(lookedAt, now)}${next}`] : []),
  ];
}

function timeText({ startedAt, endedAt }: ExperimentBrief, now: number): string {
  if (!startedAt) return 'none';
  return span((endedAt ? Date.parse(endedAt) : now) - Date.parse(startedAt));
}

const armsTable = ({ arms, metric, plan }: Experiment, { colors }: Style): string =>
  table(
    ['ARM', 'VERSION', 'SHARE', 'UNITS', metric.id.toUpperCase(), 'DIFFERENCE', 'FAILED', 'HARM'],
    arms.map((arm) => [
      arm.name,
      arm.version,
      arm.weight == null ? '' : percent(arm.weight),
      `${arm.units} of ${plan.unitsMin}`,
      arm.mean == null ? '' : metricText(arm.mean, metric.kind),
      differenceText(arm, metric.kind),
      arm.exposures > 0 ? percent(arm.failures / arm.exposures) : '',
      harmText(arm),
    ]),
    colors,
  );

const metricText = (value: number, kind: string): string =>
  kind === 'events' ? percent(value) : shown(value);

/** `-0.01 to 0.03`: what the difference from the control may be. */
const differenceText = ({ difference }: Arm, kind: string): string =>
  difference ? `${metricText(difference.low, kind)} to ${metricText(difference.high, kind)}` : '';

function harmText({ vetoed, guardrails }: Arm): string {
  const harmed = guardrails.filter((one) => one.harmed).map(({ id }) => id);
  if (harmed.length > 0) return harmed.join(', ');
  return vetoed ? 'yes' : guardrails.length > 0 ? 'none shown' : '';
}

const sharing = ({ trafficSound }: Experiment, { colors }: Style): string[] =>
  trafficSound === false ? ['', colors.red('users were not shared out as planned')] : [];

function lacking({ missing, status }: Experiment, { columns, colors }: Style): string[] {
  if (status !== 'RUNNING' || missing.length === 0) return [];
  return ['', colors.bold('Still needs'), ...missing.flatMap((one) => wrap(one, columns, '  '))];
}

function nextSteps(model: string, experiment: Experiment, { colors }: Style): string[] {
  const { id, status, outcome, promotion, winner, arms, stop, rollout } = experiment;
  const said = stop ? ['', `stop asked ${utc(stop.at)} by ${stop.by}: ${stop.reason}`] : [];
  if (rollout) return [...said, '', colors.dim(`  assay rollout status ${model} --follow`)];
  if (status === 'RUNNING' && !stop)
    return [...said, '', colors.dim(`  assay ab stop ${model} ${id}`)];
  if (outcome !== 'winner' || promotion === 'automatic') return said;
  const version = arms.find(({ name }) => name === winner)?.version;
  return version ? [...said, '', colors.dim(`  assay rollout start ${model}@${version}`)] : said;
}

/** A model's experiments, as the API lists them. */
export function experimentsView(
  experiments: readonly ExperimentBrief[],
  { colors, now }: Style,
): string {
  if (experiments.length === 0) return 'no experiment yet';
  return table(
    ['EXPERIMENT', 'CONTROL', 'TREATMENTS', 'METRIC', 'STATUS', 'CREATED', 'BY', ''],
    experiments.map((one) => [
      one.id,
      one.control,
      one.treatments.join(', '),
      one.metric.id,
      one.status,
      ago(one.createdAt, now),
      one.creator,
      experimentStanding(one).text,
    ]),
    colors,
  );
}
