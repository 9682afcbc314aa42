import type { Line, Panel } from '#domain/monitoring/dashboard/drawing.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';
import { count, cut, utc } from '#domain/monitoring/report/html/figures.ts';
import { html, type Markup } from '#domain/monitoring/report/html/markup.ts';
import { wide } from '#domain/monitoring/report/html/wide.ts';
import { extentOf } from './extent.ts';
import { type Looks, lookOf } from './looks.ts';
import { marks } from './marks.ts';
import { titleOf } from './panel-title.ts';
import { numberText } from './scale.ts';

/** Which line is which and where it stands now, and all of them in numbers. */
export function legend(panel: Panel, looks: Looks): Markup {
  const { lines, unit } = panel;
  const known = lines.filter(({ label }) => looks.has(label));
  const rest = lines.length - known.length;
  const caption = unit === undefined ? titleOf(panel) : `${titleOf(panel)}, ${unit}`;
  return html`<ul class="lines">${known.map((line) => html`<li>${swatch(lookOf(line, looks), looks.get(line.label))}${cut(line.label, 40)} <b>${numberText(latest(line))}</b></li>`)}${rest > 0 ? html`<li>${swatch('rest')}${count(rest)} more</li>` : ''}</ul>
<details><summary>In numbers</summary>${wide(caption, html`<table><caption>${caption}</caption><thead><tr><th scope="col">Line</th><th scope="col">Latest</th><th scope="col">Least</th><th scope="col">Greatest</th><th scope="col">Points</th><th scope="col">Last</th></tr></thead><tbody>${lines.map(row)}</tbody></table>`)}</details>`;
}

const swatch = (classes: string, look?: number): Markup =>
  html`<svg class="swatch" viewBox="0 0 28 10" aria-hidden="true"><path class="line ${classes}" d="M1 5H27"/>${marks(['14 5'], look, { across: 4, down: 4 })}</svg>`;

function row(line: Line): Markup {
  const values = line.points.map(([, value]) => value);
  const { least, greatest } = extentOf(values);
  const [at] = line.points.at(-1) ?? [0];
  return html`<tr><th scope="row">${cut(line.label, 60)}</th><td>${numberText(latest(line))}</td><td>${numberText(least)}</td><td>${numberText(greatest)}</td><td>${count(values.length)}</td><td>${utc(isoTime(at))}</td></tr>\n`;
}

const latest = ({ points }: Line): number => points.at(-1)?.[1] ?? 0;
