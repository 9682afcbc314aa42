import type { ComparedReport } from '#domain/monitoring/report/drift-report.ts';
import { count, cut, figure, percent } from './figures.ts';
import { outcomeTag } from './level.ts';
import { html, type Markup } from './markup.ts';
import { overlay } from './overlay.ts';
import type { NamedWindow, RankedFeature } from './ranked.ts';
import { ratioOf, statisticsTable } from './statistics.ts';
import { wide } from './wide.ts';

/** Features that are drawn, and listed in every figure: the gravest. */
export const DRAWN = 50;
/** Others that are listed in a line; what is beyond is in the report's JSON. */
const LISTED = 350;

/** The gravest features drawn and in figures, the others in a line each. */
export function featureSections(
  windows: readonly NamedWindow[],
  ranked: readonly RankedFeature[],
): Markup {
  const gravest = ranked.slice(0, DRAWN);
  return html`<h2 id="shapes">Features beside the reference</h2>
<p class="key"><span class="ref"></span> reference <span class="cur"></span> window where the feature is gravest. Groups of the reference's neighbouring bins; heights are shares of rows.</p>
<div class="grid">${gravest.map((feature) => card(feature, windows))}</div>
<h2 id="statistics">Statistics</h2>
<p>Beside each value, what it stays below by chance. Drift is a value that reaches both that and the policy's limit: a ratio of 1.</p>
${windows.map((window, i) => tableOf(window, i, gravest))}
${othersTable(windows, ranked.slice(DRAWN))}`;
}

function card({ name, found, gravest }: RankedFeature, windows: readonly NamedWindow[]): Markup {
  const at = found[gravest];
  if (at === undefined) return html``;
  return html`<figure><figcaption><strong>${cut(name, 60)}</strong> ${outcomeTag(at.outcome, at.level)}<br><small>${ratioOf(at)} in the window of ${windows[gravest]?.title ?? ''}, ${count(at.rows)} values</small></figcaption>${drawn(at)}</figure>\n`;
}

/** Its shape, or why it has none. */
export const drawn = ({ shape }: ComparedReport): Markup =>
  shape ? overlay(shape) : html`<p>No values to draw.</p>`;

const tableOf = (
  { title }: NamedWindow,
  index: number,
  features: readonly RankedFeature[],
): Markup =>
  html`<details${index === 0 ? html` open` : ''}><summary>Window of ${title}</summary>${statisticsTable(
    `Statistics of the window of ${title}`,
    features.flatMap(({ found }) => found[index] ?? []),
  )}</details>`;

function othersTable(
  windows: readonly NamedWindow[],
  others: readonly RankedFeature[],
): Markup | undefined {
  if (others.length === 0) return undefined;
  const more = others.length - LISTED;
  return html`<details><summary>${count(others.length)} more features, all below these</summary>${wide('The other features', html`<table><caption>The other features, the gravest first</caption><thead><tr><th scope="col">Name</th>${windows.map(({ title }) => html`<th scope="col">Ratio in ${title}</th><th scope="col">PSI</th><th scope="col">Missing</th>`)}</tr></thead><tbody>${others.slice(0, LISTED).map(otherRow)}</tbody></table>`)}${more > 0 ? html`<p>${count(more)} more are in the report's JSON.</p>` : ''}</details>`;
}

const otherRow = ({ name, found }: RankedFeature): Markup =>
  html`<tr><th scope="row">${cut(name, 60)}${found.map((one) =>
    one === undefined
      ? html`<td>–<td>–<td>–`
      : html`<td>${one.outcome === 'INSUFFICIENT_DATA' ? 'too few' : figure(one.ratios.warn)}<td>${one.statistics.psi ? figure(one.statistics.psi.value) : '–'}<td>${percent(one.missing.share)}`,
  )}\n`;
