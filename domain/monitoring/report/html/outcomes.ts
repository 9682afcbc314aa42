import type { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { count, figure, percent, points, times } from './figures.ts';
import { outcomeTag } from './level.ts';
import { html, type Markup } from './markup.ts';
import { wide } from './wide.ts';

type Drop = NonNullable<NonNullable<DriftReport['accuracy']>['measured']>;

/** Accuracy as measured by late labels, and as estimated without them. */
export function accuracySection({ accuracy, calibration }: DriftReport): Markup | undefined {
  if (!(accuracy?.measured || accuracy?.estimated || calibration)) return undefined;
  return html`<h2 id="accuracy">Accuracy</h2>
${wide('Accuracy', html`<table><caption>Beside the reference</caption><thead><tr><th scope="col">How</th><th scope="col">Verdict</th><th scope="col">Now</th><th scope="col">Reference</th><th scope="col">Drop</th><th scope="col">By chance below</th><th scope="col">Ratio to what warns</th><th scope="col">Rows</th></tr></thead><tbody>${dropRow('measured by late labels', accuracy?.measured)}${dropRow('estimated from scores', accuracy?.estimated)}</tbody></table>`)}
${
  calibration
    ? html`<p>${outcomeTag(calibration.outcome)} Calibration error ${figure(calibration.error)} of ${count(calibration.rows)} labelled rows, at most ${figure(calibration.limit)}.</p>`
    : ''
}`;
}

const dropRow = (how: string, drop: Drop | undefined): Markup | undefined =>
  drop &&
  html`<tr><th scope="row">${how}</th><td>${outcomeTag(drop.outcome, drop.level)}</td><td>${figure(drop.now)}</td><td>${figure(drop.reference)}</td><td>${figure(drop.drop)}</td><td>${figure(drop.chance)}</td><td>${times(drop.ratios.warn)}</td><td>${count(drop.rows)}</td></tr>`;

/** Groups of each attribute. */
export const fairnessSection = ({ fairness }: DriftReport): Markup | undefined =>
  fairness && fairness.length > 0
    ? html`<h2 id="fairness">Fairness</h2>${fairness.map(attribute)}`
    : undefined;

type Attribute = NonNullable<DriftReport['fairness']>[number];

function attribute(one: Attribute): Markup {
  const gaps = [
    one.parityGap === undefined ? [] : `selection rates lie ${points(one.parityGap)} apart`,
    one.selectionRateRatio === undefined
      ? []
      : `the least is ${figure(one.selectionRateRatio)} of the greatest`,
    one.equalizedOddsGap === undefined
      ? []
      : `error rates lie ${points(one.equalizedOddsGap)} apart`,
  ].flat();
  return html`<p><strong>${one.attribute}</strong> ${outcomeTag(one.outcome)} ${gaps.join('; ')}</p><table><caption>Groups of ${one.attribute}</caption><thead><tr><th scope="col">Group</th><th scope="col">Rows</th><th scope="col">Answered with class 1</th><th scope="col">Mean score</th></tr></thead><tbody>${one.groups.map(
    ({ group, rows, selected, score }) =>
      html`<tr><th scope="row">${group}</th><td>${count(rows)}${one.small.includes(group) ? ', too few' : ''}</td><td>${selected === undefined ? '–' : percent(selected)}</td><td>${score === undefined ? '–' : figure(score)}</td></tr>\n`,
  )}</tbody></table>`;
}

export const conceptSection = ({ concept }: DriftReport): Markup | undefined =>
  concept &&
  html`<h2 id="concept">Concept</h2>
<p>${outcomeTag(concept.outcome)} The loss rose by ${figure(concept.rise)} deviations above its least, of ${figure(concept.limit)} that alarm (Page and Hinkley), over ${count(concept.rows)} labelled rows. The drift detection method ${concept.warning ? 'warns' : 'does not warn'}.</p>`;

export function serviceSection({ service }: DriftReport): Markup | undefined {
  if (service === undefined) return undefined;
  const { latencyMs, failures, trafficDeviation } = service;
  const kinds = Object.entries(failures).sort(([, a], [, b]) => b - a);
  return html`<h2 id="service">Service in the last ${figure(service.hours)} h</h2>
<dl><div><dt>Requests</dt><dd>${count(service.requests)}</dd></div><div><dt>Failed</dt><dd>${percent(service.errorRate)}${kinds.map(([kind, of]) => html`<small>${kind}: ${count(of)}</small>`)}</dd></div><div><dt>From the cache</dt><dd>${percent(service.cacheHitShare)}</dd></div>${
    latencyMs
      ? html`<div><dt>Model's time</dt><dd>${figure(latencyMs.p95)} ms<small>p95; p50 ${figure(latencyMs.p50)} ms, p99 ${figure(latencyMs.p99)} ms</small></dd></div>`
      : ''
  }${
    trafficDeviation === undefined
      ? ''
      : html`<div><dt>Traffic</dt><dd>${percent(trafficDeviation)}<small>from the mean of this hour on days before</small></dd></div>`
  }</dl>`;
}

const AGES = {
  CURRENT: 'current',
  OLD: 'older than the policy asks of a new version',
  UNKNOWN: 'of unknown age',
} as const;

/** Whether what the version was made from is still fresh. */
export const datasetSection = ({ dataset }: DriftReport): Markup | undefined =>
  dataset &&
  html`<h2 id="dataset">Data set</h2><p>The data of this version are ${AGES[dataset.outcome]}${dataset.ageDays === undefined ? '' : `: ${figure(dataset.ageDays)} days old`}, at most ${figure(dataset.maxAgeDays)} days.</p>`;
