import type { Line, Panel } from '#domain/monitoring/dashboard/drawing.ts';
import { html, type Markup } from '#domain/monitoring/report/html/markup.ts';
import { isDense, type Looks, lookOf } from './looks.ts';
import { marks } from './marks.ts';
import { titleOf } from './panel-title.ts';
import { type Scale, scaleOf, shareOf, tickText } from './scale.ts';
import { timeTicks } from './time-axis.ts';

/** Of the drawing, whose sides are stretched to the room that there is. */
const SIDE = 1000;
/** Half a mark, of a side: about four pixels of a drawing that is 26 by 11 letters. */
const HALF = { across: 10, down: 22 };
/** Marks of a line that has too many measurements to mark each. */
const FEW = 12;

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Lines over time. Texts are beside the drawing, not in it, so that they keep their size. */
export function lineChart(panel: Panel, looks: Looks, span: Span): Markup {
  const values = panel.lines.flatMap(({ points }) => points.map(([, value]) => value));
  const scale = scaleOf([...values, ...panel.marks.map(({ value }) => value)], panel);
  return html`<div class="plot"><ol class="ys" aria-hidden="true">${[...scale.ticks].reverse().map((tick) => html`<li>${tickText(tick)}</li>`)}</ol><div class="area">${drawing(panel, looks, scale, span)}${panel.marks.map(({ value, label }) => html`<span class="said" style="top:${down(value, scale) / 10}%">${label}</span>`)}</div><ol class="xs" aria-hidden="true">${timeTicks(span.from, span.to).map(({ at, text }) => html`<li style="left:${across(at, span) / 10}%">${text}</li>`)}</ol></div>`;
}

function drawing(panel: Panel, looks: Looks, scale: Scale, span: Span): Markup {
  const { lines, marks, unit } = panel;
  const label = `${titleOf(panel)}${unit === undefined ? '' : `, ${unit}`}: ${lines.length} ${lines.length === 1 ? 'line' : 'lines'} over time`;
  // The gravest come last, above the others.
  const grey = lines.filter((line) => !looks.has(line.label));
  const coloured = lines.filter((line) => looks.has(line.label)).reverse();
  return html`<svg viewBox="0 0 ${SIDE} ${SIDE}" preserveAspectRatio="none" role="img" aria-label="${label}"><path class="rule" d="${rules(scale, span)}"/>${marks.map(({ value }) => html`<path class="mark" d="M0 ${down(value, scale)}H${SIDE}"/>`)}${[...grey, ...coloured].map((line) => drawn(line, looks, scale, span))}</svg>`;
}

function drawn(line: Line, looks: Looks, scale: Scale, span: Span): Markup {
  const places = line.points.map(([at, value]) => `${across(at, span)} ${down(value, scale)}`);
  const look = looks.get(line.label);
  const path = html`<path class="line ${lookOf(line, looks)}" d="M${places.join('L')}"/>`;
  // Of the others only what would not be seen without.
  if (look === undefined && places.length > 1) return path;
  const every = isDense(line) ? Math.ceil(places.length / FEW) : 1;
  const marked = places.filter((_, i) => i % every === 0);
  return html`${path}${marks(marked, look, HALF)}`;
}

const rules = (scale: Scale, { from, to }: Span): string =>
  [
    ...scale.ticks.map((tick) => `M0 ${down(tick, scale)}H${SIDE}`),
    ...timeTicks(from, to).map(({ at }) => `M${across(at, { from, to })} 0V${SIDE}`),
  ].join('');

const across = (at: number, { from, to }: Span): number => placed((at - from) / (to - from));
const down = (value: number, scale: Scale): number => placed(1 - shareOf(value, scale));

const placed = (share: number): number => Math.round(Math.min(Math.max(share, 0), 1) * SIDE);
