import { LEVELS } from '#domain/gates/monitoring-policy.ts';
import type { DriftReport, Watched } from '#domain/monitoring/report/drift-report.ts';
import { times } from './figures.ts';
import { levelTag, outcomeTag } from './level.ts';
import { html, type Markup } from './markup.ts';
import { wide } from './wide.ts';

type Alarm = DriftReport['alarms'][number];

export const WATCHED_NAMES: Readonly<Record<Watched, string>> = {
  'input-drift': 'Inputs',
  'dependence-drift': 'Dependence of inputs',
  'prediction-drift': 'Answers',
  'label-drift': 'Labels',
  'concept-drift': 'Concept',
  'estimated-accuracy': 'Estimated accuracy',
  calibration: 'Calibration',
  fairness: 'Fairness',
  accuracy: 'Accuracy',
  errors: 'Errors',
  latency: 'Latency',
};

const CONSEQUENCES: Readonly<Record<DriftReport['consequences'][number]['consequence'], string>> = {
  warn: 'warned',
  'propose-retraining': 'retraining proposed',
  page: 'paged',
  'block-promotion': 'promotion blocked',
  'roll-back': 'rolled back',
};

/** The alarms that this check concerned, the gravest first, and what began because of it. */
export function alarmsSection({ alarms, consequences }: DriftReport): Markup | undefined {
  if (alarms.length === 0) return undefined;
  const began = (watched: Watched): string =>
    consequences
      .filter((one) => one.watched === watched)
      .map(({ consequence }) => CONSEQUENCES[consequence])
      .join(', ');
  return html`<h2 id="alarms">Alarms</h2>
${wide(
  'Alarms',
  html`<table class="words"><caption>What was watched, the gravest first</caption><thead><tr><th scope="col">Watched</th><th scope="col">Alarm</th><th scope="col">Change</th><th scope="col">This check</th><th scope="col">Ratio to what warns</th><th scope="col">What began</th></tr></thead><tbody>${byGravity(
    alarms,
  ).map(
    ({ watched, raised, change, outcome, ratios }) =>
      html`<tr><th scope="row">${WATCHED_NAMES[watched]}</th><td>${raised ? levelTag(raised) : change === 'lapsed' ? 'not known' : 'quiet'}</td><td>${change === 'none' ? '–' : change}</td><td>${outcomeTag(outcome)}</td><td>${times(ratios.warn)}</td><td>${began(watched) || '–'}</td></tr>\n`,
  )}</tbody></table>`,
)}`;
}

export const byGravity = (alarms: readonly Alarm[]): readonly Alarm[] =>
  alarms.toSorted((a, b) => rank(b) - rank(a) || b.ratios.warn - a.ratios.warn);

const rank = ({ raised }: Alarm): number => (raised === null ? -1 : LEVELS.indexOf(raised));
