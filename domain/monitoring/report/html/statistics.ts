import type { ComparedReport } from '#domain/monitoring/report/drift-report.ts';
import { chanceOf, count, cut, figure, percent, times } from './figures.ts';
import { outcomeTag } from './level.ts';
import { html, type Markup } from './markup.ts';
import { wide } from './wide.ts';

type Finding = NonNullable<ComparedReport['statistics']['psi']>;

/** Each comparison in a row: what was found, and beside it what it stays below by chance. */
export function statisticsTable(caption: string, compared: readonly ComparedReport[]): Markup {
  return wide(
    caption,
    html`<table><caption>${caption}</caption><thead><tr><th scope="col">Name</th><th scope="col">Verdict</th><th scope="col">Ratio to what warns</th><th scope="col">Values</th><th scope="col">Stability index (PSI)</th><th scope="col">Jensen–Shannon</th><th scope="col">Kolmogorov–Smirnov</th><th scope="col">χ² by rows</th><th scope="col">Missing</th></tr></thead><tbody>${compared.map(row)}</tbody></table>`,
  );
}

function row(one: ComparedReport): Markup {
  const { psi, js, ks, chiSquare } = one.statistics;
  return html`<tr><th scope="row">${cut(one.name, 60)}<td>${outcomeTag(one.outcome, one.level)}<td>${ratioOf(one)}<td>${count(one.rows)}<td>${found(psi)}<td>${found(js)}<td>${found(ks, one.ksMost)}<td>${found(chiSquare)}<td>${missing(one.missing)}\n`;
}

/** What was not judged has no ratio. */
export const ratioOf = ({ outcome, ratios }: ComparedReport): string =>
  outcome === 'INSUFFICIENT_DATA' ? '–' : times(ratios.warn);

function found(finding: Finding | undefined, most?: number): Markup {
  if (finding === undefined) return html`–`;
  const { value, chance, p } = finding;
  const upTo = most !== undefined && figure(most) !== figure(value) ? ` to ${figure(most)}` : '';
  const how = p === undefined ? '' : `, p ${chanceOf(p)}`;
  return html`${figure(value)}${upTo} <i>${figure(chance)}${how}</i>`;
}

const missing = ({ share, value, chance, p }: ComparedReport['missing']): Markup =>
  value === 0 && share === 0
    ? html`none`
    : html`${percent(share)} <i>moved ${percent(value)}, chance ${percent(chance)}${p === undefined ? '' : `, p ${chanceOf(p)}`}</i>`;
