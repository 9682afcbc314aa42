import type { WindowReport } from '#domain/monitoring/report/drift-report.ts';
import { count, figure, percent, times, utc } from './figures.ts';
import { outcomeTag } from './level.ts';
import { html, type Markup } from './markup.ts';
import { wide } from './wide.ts';

/** How much was seen of each window, and what of it. */
export const windowsTable = (windows: readonly WindowReport[]): Markup =>
  wide(
    'Windows',
    html`<table><caption>Windows</caption><thead><tr><th scope="col">Length</th><th scope="col">From</th><th scope="col">To</th><th scope="col">Requests</th><th scope="col">Rows</th><th scope="col">Rows compared</th><th scope="col">Features drifted</th><th scope="col">Greatest ratio</th><th scope="col">Inputs</th></tr></thead><tbody>${windows.map(row)}</tbody></table>`,
  );

const row = ({ hours, from, to, requests, rows, counted, inputs }: WindowReport): Markup =>
  html`<tr><th scope="row">${figure(hours)} h</th><td>${utc(from)}</td><td>${utc(to)}</td><td>${count(requests)}</td><td>${count(rows)}</td><td>${count(counted)}</td><td>${count(inputs.drifted.length)}, ${percent(inputs.driftedShare)}</td><td>${times(inputs.greatestRatio)}</td><td>${outcomeTag(inputs.outcome, inputs.level)}</td></tr>\n`;
