import type { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { cut, figure, utc } from './figures.ts';
import { heatOf } from './level.ts';
import { html, type Markup } from './markup.ts';
import { wide } from './wide.ts';

/** A week of checks, four a day. */
const COLUMNS = 28;

/** How each feature went over the windows of one length; nothing where there is but one. */
export function heatmaps(history: DriftReport['history'], names: readonly string[]): Markup[] {
  const lengths = [...new Set(history.map(({ hours }) => hours))].sort((a, b) => a - b);
  return lengths.flatMap((hours) => {
    const windows = history.filter((one) => one.hours === hours).slice(-COLUMNS);
    return windows.length > 1 ? [heatmap(hours, windows, names)] : [];
  });
}

function heatmap(hours: number, windows: DriftReport['history'], names: readonly string[]): Markup {
  const first = windows[0]?.at ?? '';
  const caption = `Windows of ${figure(hours)} h from ${utc(first)}, the latest at the right: ratio to what warns, 1 and above is drift`;
  return wide(
    caption,
    html`<table class="heat"><caption>${caption}</caption><thead><tr><th scope="col">Feature</th>${windows.map(({ at }, i) => html`<th scope="col"><span>${titleOf(at, windows[i - 1]?.at)}</span></th>`)}</tr></thead><tbody>${names.map((name) => html`<tr><th scope="row">${cut(name, 30)}</th>${windows.map(({ ratios }) => cell(Object.hasOwn(ratios, name) ? ratios[name] : undefined))}</tr>\n`)}</tbody></table>`,
  );
}

/** The hour, and the day where it begins. */
const titleOf = (at: string, before: string | undefined): string =>
  at.slice(0, 10) === before?.slice(0, 10)
    ? at.slice(11, 16)
    : `${at.slice(5, 10)} ${at.slice(11, 16)}`;

const cell = (ratio: number | undefined): Markup =>
  ratio === undefined
    ? html`<td>`
    : html`<td class=${heatOf(ratio)}>${ratio >= 9.95 ? Math.min(999, Math.round(ratio)) : ratio.toFixed(1)}`;
