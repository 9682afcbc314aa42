import { HOUR_MS } from '#domain/monitoring/capture/seen.ts';
import type { Drawing, DrawnWidget, Panel } from '#domain/monitoring/dashboard/drawing.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';
import { count, utc } from '#domain/monitoring/report/html/figures.ts';
import { html, type Markup } from '#domain/monitoring/report/html/markup.ts';
import { page } from '#domain/monitoring/report/html/page.ts';
import { adoptionTable } from './adoption.ts';
import { extentOf } from './extent.ts';
import { legend } from './legend.ts';
import { lineChart, type Span } from './line-chart.ts';
import { type Looks, looksOf, looksWithin } from './looks.ts';
import { titleOf } from './panel-title.ts';
import { CHART_STYLE } from './style.ts';

/** Less would show hourly numbers as dots alone. */
const LEAST_MS = 6 * HOUR_MS;

/**
 * The dashboard as a page of its own: its widgets as the console of AWS would draw them, with nothing
 * to load or to run. Whatever comes from outside is escaped.
 */
export function dashboardHtml(drawing: Drawing): string {
  const { name, tenant, widgets, left, to } = drawing;
  const looks = looksOf(drawing);
  const span = spanOf(drawing);
  const late = span.from > drawing.from ? ' There are no numbers from before.' : '';
  return page(
    `Dashboard ${name} of ${tenant}`,
    html`<header><h1>Dashboard ${name}</h1><p>Tenant ${tenant}, from ${utc(isoTime(span.from))} to ${utc(isoTime(to))}.${late}</p><nav aria-label="Widgets">${widgets.map(({ title }, i) => html`<a href="#w${i}">${title}</a> `)}</nav></header>
<main>
${widgets.map((widget, i) => html`<section aria-labelledby="w${i}"><h2 id="w${i}">${widget.title}</h2>${widgetBody(widget, looks, span)}</section>\n`)}${left > 0 ? html`<p>${count(left)} of its widgets ${left === 1 ? 'is' : 'are'} not drawn here.</p>\n` : ''}</main>
<footer>Times are UTC. A mark is a measurement, and lines join them; where measurements are many, some have a mark. A model has the same colour and marks everywhere; the gravest of each chart come first.</footer>`,
    CHART_STYLE,
  );
}

const widgetBody = ({ panels, adoption, notes }: DrawnWidget, looks: Looks, span: Span): Markup =>
  html`${panels.length > 0 ? html`<div class="charts">${panels.map((panel) => card(panel, looks, span))}</div>` : ''}${adoption === undefined ? '' : adoptionTable(adoption)}${notes.map((note) => html`<p>${note}</p>`)}`;

function card(panel: Panel, looks: Looks, span: Span): Markup {
  const { unit, incomplete, lines, without, unnamed } = panel;
  const within = looksWithin(panel, looks);
  return html`<figure><figcaption><strong>${titleOf(panel)}</strong>${unit === undefined ? '' : html` <small>${unit}</small>`}${incomplete ? html`<br><small>not whole: CloudWatch did not give all of it</small>` : ''}</figcaption>${
    lines.length > 0
      ? html`${lineChart(panel, within, span)}${legend(panel, within)}${without.length > 0 ? html`<p class="none">No numbers of: ${without.join(', ')}.</p>` : ''}${unnamed > 0 ? html`<p class="none">${unnamedText(unnamed)}</p>` : ''}`
      : html`<p class="none">${whyEmpty(panel)}</p>`
  }</figure>\n`;
}

const unnamedText = (lines: number): string =>
  `${count(lines)} of the lines that CloudWatch found ${lines === 1 ? 'is' : 'are'} not drawn: the label must begin with the tenant, a slash and the model.`;

const whyEmpty = ({ shared, without, unnamed }: Panel): string =>
  unnamed > 0 ? unnamedText(unnamed) : whySilent(shared, without);

const whySilent = (shared: boolean, without: readonly string[]): string =>
  shared
    ? `No numbers of ${without.join(', ')} in this time: no request came, or CloudWatch does not count them here.`
    : 'No numbers in this time. The checks of models write them: of a model in production, once there were enough requests to judge.';

/** The time of the dashboard, from the hour of its first number where that comes late. */
function spanOf({ from, to, widgets }: Drawing): Span {
  const firsts = widgets.flatMap(({ panels }) =>
    panels.flatMap(({ lines }) => lines.flatMap(({ points }) => points[0]?.[0] ?? [])),
  );
  const first = Math.min(to - LEAST_MS, extentOf(firsts).least);
  const isLate = firsts.length > 0 && first - from > (to - from) / 10;
  return { from: isLate ? Math.floor(first / HOUR_MS) * HOUR_MS : from, to };
}
