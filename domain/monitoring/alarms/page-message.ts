import { LEVELS } from '#domain/gates/monitoring-policy.ts';
import type {
  ComparedReport,
  DriftReport,
  WindowReport,
} from '#domain/monitoring/report/drift-report.ts';
import type { Alarmed } from '#domain/rollout/rollback-alarm.ts';
import { COMPOSITE_RULE } from './alarm-names.ts';
import { OUTCOMES } from './consequences.ts';
import { isOf, ruleOf } from './rule-of-alarm.ts';

/** What of an alarm's message a page needs. */
interface Rung {
  readonly name: string;
  readonly state: 'ALARM' | 'OK' | 'INSUFFICIENT_DATA';
  readonly description?: string | undefined;
  readonly reason: string;
  /** ISO 8601, as CloudWatch writes it. */
  readonly at: string;
}

/** A report, and where it is kept. */
export interface Kept {
  readonly report: DriftReport;
  readonly key: string;
  /** By the latest report, which this one may be older than; of those that have it. */
  readonly standing?: DriftReport['standing'];
}

/** What whoever is on call is told. */
export interface Page {
  readonly schema: 'assay.page/v1';
  /** The alarm's name: what tells repeats from news. */
  readonly alarm: string;
  readonly state: 'ALARM' | 'OK';
  /** An alarm is `OK` also where nothing came any more to judge by: that is no news that all is well. */
  readonly standing: 'ALARM' | 'OK' | 'NOT KNOWN';
  readonly tenant: string;
  readonly model: string;
  readonly rule: string;
  readonly at: string;
  /** One line. */
  readonly title: string;
  readonly cause: readonly string[];
  /** The gravest first, three at most; pairs, as `a ~ b`, where their dependence alone is why. */
  readonly features: readonly PageFeature[];
  readonly report?: {
    readonly id: string;
    readonly at: string;
    readonly version: string;
    readonly key: string;
    readonly window?: { readonly from: string; readonly to: string; readonly rows: number };
  };
  readonly runbook: string;
  readonly rollback: string;
  /** All of it, for people. */
  readonly text: string;
}

interface PageFeature {
  readonly name: string;
  readonly psi?: number;
  /** Of what warns. */
  readonly ratio: number;
  readonly rows: number;
}

const TOP = 3;
/** Names of features are the submitter's: they keep to one line, and to a part of it. */
const NAME_CHARACTERS = 80;

/** Says what happened, by the latest report where there is one, and what can be done at once. */
export function pageMessage(rung: Rung, { tenant, model }: Alarmed, kept: Kept | undefined): Page {
  const rule = ruleOf(rung.name);
  const over = rung.state === 'OK';
  const unknown = over && kept ? lapsed(kept, rule) : [];
  const standing = unknown.length > 0 ? 'NOT KNOWN' : over ? 'OK' : 'ALARM';
  const title = `${standing}: ${rule} of ${tenant}/${model}`;
  const cause = [
    ...(rung.description ? [rung.description.replace(/\s*docs\/runbook\.md#\S+$/, '')] : []),
    ...(over && rule === COMPOSITE_RULE ? [TRIAL_OR_OVER] : []),
    ...unknown,
    ...(kept
      ? [
          ...raised(kept).map(({ watched, raised }) => `${watched} at level ${raised}`),
          ...dependence(kept),
        ]
      : []),
    oneLine(rung.reason, 400),
  ];
  const isPairs = kept !== undefined && isDependenceAlone(kept);
  const window = kept && gravest(kept.report.windows, isPairs ? pairRatio : featureRatio);
  const features = ((isPairs ? window?.dependence?.pairs : window?.features) ?? [])
    .slice(0, TOP)
    .map((one) => featureOf(one, isPairs ? 2 * NAME_CHARACTERS : NAME_CHARACTERS));
  const runbook = `docs/runbook.md#${rule.toLowerCase()}`;
  const rollback = `assay rollback ${model} --severity critical --reason "alarm ${rung.name.replace(/[^\w./@ -]/g, '?')}"`;
  const report = kept && {
    id: kept.report.id,
    at: kept.report.at,
    version: kept.report.version,
    key: kept.key,
    ...(window && { window: { from: window.from, to: window.to, rows: window.rows } }),
  };
  const text = [
    title,
    ...cause,
    ...(report
      ? [
          `version ${report.version}, checked at ${report.at}`,
          ...(report.window
            ? [`window ${report.window.from} to ${report.window.to}, ${report.window.rows} rows`]
            : []),
          ...features.map(featureLine),
          `report ${report.key} in the evidence bucket; see "assay drift ${model} --report"`,
        ]
      : ['no drift report could be read for it']),
    ...(over ? [] : [`runbook  ${runbook}`, `roll back  ${rollback}`]),
  ].join('\n');
  const found = { title, cause, features, ...(report && { report }) };
  return {
    schema: 'assay.page/v1',
    alarm: rung.name,
    state: over ? 'OK' : 'ALARM',
    standing,
    ...{ tenant, model, rule, at: rung.at, ...found, runbook, rollback, text },
  };
}

const TRIAL_OR_OVER = 'It is over, or a version is on trial, when only outcomes page.';

/** The gravest first. Of a report from before reports had what stands, those that its check concerned. */
const raised = ({ report, standing = report.standing ?? report.alarms }: Kept) =>
  standing
    .filter(({ raised }) => raised !== null)
    .toSorted((a, b) => rank(b.raised) - rank(a.raised));

/** CloudWatch knows no more than that a level was left: not that nothing was found instead. */
function lapsed({ report, standing = report.standing }: Kept, rule: string): string[] {
  const all = standing
    ? standing.filter((one) => one.lapsed)
    : report.alarms.filter(({ change }) => change === 'lapsed');
  return all
    .filter(({ watched }) => isOf(watched, rule))
    .map(
      ({ watched }) => `${watched} is not known any more: nothing came that it could be judged by`,
    );
}

/** The pairs of features whose dependence changed, where that is what an alarm is raised by. */
function dependence(kept: Kept): string[] {
  const isRaised = raised(kept).some(({ watched }) => watched === 'dependence-drift');
  const pairs = new Set(kept.report.windows.flatMap((window) => window.dependence?.drifted ?? []));
  if (!isRaised || pairs.size === 0) return [];
  const named = [...pairs].slice(0, TOP).map((name) => oneLine(name, 2 * NAME_CHARACTERS));
  return [`dependence of features changed: ${named.join(', ')}`];
}

function isDependenceAlone(kept: Kept): boolean {
  const drifting = raised(kept).filter(({ watched }) => !OUTCOMES.has(watched));
  return drifting.length > 0 && drifting.every(({ watched }) => watched === 'dependence-drift');
}

const rank = (level: (typeof LEVELS)[number] | null): number =>
  level === null ? -1 : LEVELS.indexOf(level);

const featureRatio = ({ inputs }: WindowReport): number => inputs.greatestRatio;
const pairRatio = ({ dependence }: WindowReport): number => dependence?.ratios.warn ?? -1;

/** The window that lies furthest from the reference. */
const gravest = (
  windows: readonly WindowReport[],
  ratio: (window: WindowReport) => number,
): WindowReport | undefined =>
  windows.reduce<WindowReport | undefined>(
    (most, window) => (most === undefined || ratio(window) > ratio(most) ? window : most),
    undefined,
  );

function featureOf(
  { name, statistics, ratios, rows }: ComparedReport,
  characters: number,
): PageFeature {
  const psi = statistics.psi?.value;
  return {
    name: oneLine(name, characters),
    ...(psi !== undefined && { psi }),
    ratio: ratios.warn,
    rows,
  };
}

const featureLine = ({ name, psi, ratio, rows }: PageFeature): string =>
  `  ${name}: ${psi === undefined ? '' : `PSI ${psi.toPrecision(3)}, `}${ratio.toPrecision(3)} × what warns, n = ${rows}`;

function oneLine(text: string, characters: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return line.length > characters ? `${line.slice(0, characters - 1)}…` : line;
}
