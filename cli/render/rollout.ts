import type { Check } from '../check-schema.ts';
import type { Style } from '../output.ts';
import type { Arm, Rollout, RolloutBrief } from '../rollout-schemas.ts';
import { percent, rolloutStanding } from '../rollout-standing.ts';
import { table } from './table.ts';
import { ago, mark, span, toned, utc, wrap } from './text.ts';

const BAR_WIDTH = 30;

const VERDICT_OF = {
  PASS: 'pass',
  INSUFFICIENT: 'inconclusive',
  ERROR: 'error',
  FAIL: 'fail',
} as const;

/** A rollout of `model`, top down: how far it is, what its arms did, what that proves. */
export const rolloutView =
  (model: string) =>
  (rollout: Rollout, style: Style): string =>
    [
      ...header(model, rollout, style),
      '',
      ...traffic(rollout, style),
      ...evidence(rollout, style),
      ...nextSteps(model, rollout, style),
    ].join('\n');

function header(model: string, rollout: Rollout, { colors, now }: Style): string[] {
  const { id, version, baseline, status, share, route, despite, createdAt } = rollout;
  const { text, exit } = rolloutStanding(rollout);
  const paint = exit === 0 ? colors.green : exit === 1 ? colors.red : colors.yellow;
  const lease = leaseText(route?.leaseUntil, now);
  return [
    `${colors.bold(`${model}@${version}`)}  ${status}  ${paint(text)}`,
    ...(share == null ? [] : [`  ${bar(share, colors)}  ${percent(share)}`]),
    `  steps      ${stepsText(rollout)}`,
    `  baseline   ${baseline}`,
    ...(route ? [`  route      generation ${route.generation}${lease}`] : []),
    ...(despite ? [`  leave      despite what blocks since ${despite.since}: ${despite.by}`] : []),
    `  rollout    ${id}, begun ${ago(createdAt, now)}`,
  ];
}

/** Leave for the block that is shown, and for none that came since; one since an unknown time has none. */
function leaveHints(model: string, { block }: NonNullable<Rollout['asked']>): string[] {
  if (!block) return [`assay rollout resume ${model} --allow-step`];
  return block.since ? [`assay rollout resume ${model} --allow-step --despite ${block.since}`] : [];
}

function leaseText(until: string | null | undefined, now: number): string {
  if (!until) return '';
  const left = Date.parse(until) - now;
  return left > 0 ? `, leased for ${span(left)}` : ', lease ended: stable alone answers';
}

function bar(share: number, colors: Style['colors']): string {
  const filled = Math.round(share * BAR_WIDTH);
  return `[${colors.cyan('#'.repeat(filled))}${'-'.repeat(BAR_WIDTH - filled)}]`;
}

/** `shadow  5  [10]  25 %`: what is in brackets is now. */
const stepsText = ({ step, steps, status }: RolloutBrief): string =>
  `${['shadow', ...steps].map((name, at) => (at === step && status === 'RUNNING' ? `[${name}]` : name)).join('  ')} %`;

const traffic = ({ traffic: arms }: Rollout, { colors }: Style): string[] =>
  arms
    ? [
        colors.bold('Traffic'),
        armLine('candidate', arms.candidate),
        armLine('stable', arms.stable),
        '',
      ]
    : [];

const armLine = (name: string, { exposures, failures }: Arm): string =>
  `  ${name.padEnd(10)} ${exposures} units answered, ${failures} failed${
    exposures > 0 ? ` (${percent(failures / exposures)})` : ''
  }`;

function evidence({ look, status }: Rollout, style: Style): string[] {
  const { bold } = style.colors;
  if (!look) return [bold('Evidence'), '  nobody has looked yet'];
  const { number, at, outcome, checks, nextAt } = look;
  const leftMs = Date.parse(nextAt) - style.now;
  const next = status === 'RUNNING' ? `, next look in ${span(Math.max(0, leftMs))}` : '';
  const painted = toned(VERDICT_OF[outcome], style.colors)(outcome);
  return [
    `${bold('Evidence')} at look ${number}, ${ago(at, style.now)}: ${painted}${next}`,
    ...checks.filter(isTelling).flatMap((check) => checkLines(check, style)),
  ];
}

/** That numbers came in, and that a planned analysis found nothing, is news only when it is not so. */
const isTelling = ({ id, verdict }: Check): boolean =>
  verdict !== 'pass' || !/\.(reported|analyses)$/.test(id);

function checkLines(check: Check, { colors, columns }: Style): string[] {
  const there = progress(check);
  const [first = '', ...more] = wrap(check.message, columns - 4, '    ');
  const last = there === undefined ? '' : colors.dim(` (${percent(there)} of it)`);
  const lines = [`  ${mark(check.verdict, colors)} ${first.trimStart()}`, ...more];
  return lines.map((line, at) => (at === lines.length - 1 ? line + last : line));
}

/** How much of what a check wants is there; e-values are compared by their logarithms. */
function progress({ verdict, observed, threshold }: Check): number | undefined {
  if (verdict !== 'inconclusive') return undefined;
  if (typeof observed !== 'number' || typeof threshold !== 'number' || threshold <= 0) {
    return undefined;
  }
  return Math.floor(100 * Math.min(1, Math.max(0, observed / threshold))) / 100;
}

function nextSteps(model: string, { asked, paused, ended }: Rollout, style: Style): string[] {
  const { columns, colors } = style;
  const said = (text: string) => wrap(text, columns, '  ');
  if (ended) return ['', ...said(`ended ${utc(ended.at)} by ${ended.by}: ${ended.reason}`)];
  const hints = [
    ...(asked ? leaveHints(model, asked) : []),
    ...(paused ? [`assay rollout resume ${model}`] : []),
    ...(asked || paused ? [`assay rollout abort ${model}`] : []),
  ];
  return [
    ...(asked ? ['', ...said(`asked ${utc(asked.at)}: ${asked.reason}`)] : []),
    ...(hints.length > 0 ? ['', ...hints.map((hint) => colors.dim(`  ${hint}`))] : []),
  ];
}

/** What happened to a rollout between two looks at it, a line each. */
export const rolloutChanges =
  (model: string) =>
  (before: Rollout | undefined, now: Rollout): string[] => {
    const standing = (rollout: Rollout) => `${rollout.status}, ${rolloutStanding(rollout).text}`;
    const lines: string[] = [];
    const { look, asked } = now;
    if (look && look.number !== before?.look?.number) {
      const open = look.checks.find(({ verdict }) => verdict !== 'pass');
      lines.push(`look ${look.number}: ${look.outcome}${open ? `; ${open.message}` : ''}`);
    }
    if (asked && asked.reason !== before?.asked?.reason) lines.push(`asked: ${asked.reason}`);
    if (!before || before.step !== now.step || standing(before) !== standing(now)) {
      lines.push(`${model}@${now.version}: ${standing(now)}`);
    }
    return lines;
  };

/** A model's rollouts, as the API lists them. */
export function rolloutsView(rollouts: readonly RolloutBrief[], { colors, now }: Style): string {
  if (rollouts.length === 0) return 'no rollout yet';
  return table(
    ['ROLLOUT', 'VERSION', 'AGAINST', 'STATUS', 'STEP', 'BEGUN', 'WHY IT ENDED'],
    rollouts.map(({ id, version, baseline, status, step, steps, createdAt, ended }) => [
      id,
      version,
      baseline,
      status,
      step === 0 ? 'shadow' : `${steps[step - 1] ?? 100} %`,
      ago(createdAt, now),
      ended?.reason ?? '',
    ]),
    colors,
  );
}
