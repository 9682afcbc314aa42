import type { PairReport } from '#domain/monitoring/report/drift-report.ts';
import { drawn } from './features.ts';
import { count, cut, figure } from './figures.ts';
import { outcomeTag } from './level.ts';
import { html, type Markup } from './markup.ts';
import { type NamedWindow, type Ranked, ranked } from './ranked.ts';
import { ratioOf } from './statistics.ts';
import { wide } from './wide.ts';

/** Pairs of features that are watched together, the gravest first; nothing where none were counted. */
export function dependenceSection(windows: readonly NamedWindow[]): Markup | undefined {
  const pairs = ranked(windows.map(({ dependence }) => dependence?.pairs ?? []));
  if (pairs.length === 0) return undefined;
  return html`<h2 id="dependence">Dependence</h2>
<p class="key">How much further up a row lies in the first feature than in the second, in deviations; where the one fell when the other rose, than in the second turned round. <span class="ref"></span> reference <span class="cur"></span> window where the pair is gravest. A feature that drifted by itself moves its pairs too: their dependence changed where they moved further than that explains.</p>
<div class="grid">${pairs.map((pair) => card(pair, windows))}</div>
${windows.flatMap(({ title, dependence }) => (dependence ? [table(title, dependence.pairs)] : []))}`;
}

function card(
  { name, found, gravest }: Ranked<PairReport>,
  windows: readonly NamedWindow[],
): Markup {
  const at = found[gravest];
  if (at === undefined) return html``;
  return html`<figure><figcaption><strong>${cut(name, 60)}</strong> ${tagOf(at)}<br><small>${ratioOf(at)} in the window of ${windows[gravest]?.title ?? ''}, correlation ${figure(at.correlation)} in the reference</small></figcaption>${drawn(at)}</figure>\n`;
}

const tagOf = ({ outcome, level, moved }: PairReport): Markup =>
  outcome === 'STABLE' && moved.length > 0
    ? html`<b class="tag unknown">moved by a feature</b>`
    : outcomeTag(outcome, level);

const table = (title: string, pairs: readonly PairReport[]): Markup =>
  wide(
    `Pairs of the window of ${title}`,
    html`<table><caption>Pairs of the window of ${title}, the gravest first</caption><thead><tr><th scope="col">Pair</th><th scope="col">Verdict</th><th scope="col">Ratio to what warns</th><th scope="col">Values</th><th scope="col">Stability index (PSI)</th><th scope="col">Moved by</th><th scope="col">By the features alone</th><th scope="col">Drifted by itself</th></tr></thead><tbody>${pairs.map(row)}</tbody></table>`,
  );

function row(pair: PairReport): Markup {
  const { psi } = pair.statistics;
  const index = psi ? html`${figure(psi.value)} <i>${figure(psi.chance)}</i>` : html`–`;
  return html`<tr><th scope="row">${cut(pair.name, 60)}<td>${tagOf(pair)}<td>${ratioOf(pair)}<td>${count(pair.rows)}<td>${index}<td>${figure(pair.distance)}<td>${figure(pair.explained)}<td>${pair.moved.map((name) => cut(name, 40)).join(', ') || '–'}\n`;
}
