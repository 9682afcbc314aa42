import type { ComparedReport, DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { dependenceSection } from './dependence.ts';
import { DRAWN, drawn, featureSections } from './features.ts';
import { heatmaps } from './heatmap.ts';
import { outcomeTag } from './level.ts';
import { html, type Markup } from './markup.ts';
import { type NamedWindow, rankedFeatures } from './ranked.ts';
import { statisticsTable } from './statistics.ts';

/** Features over time and in these windows, then what was answered and what was true. */
export function comparisonSections(
  windows: readonly NamedWindow[],
  history: DriftReport['history'] = [],
): Markup {
  const ranked = rankedFeatures(windows);
  const maps = heatmaps(
    history,
    ranked.slice(0, DRAWN).map(({ name }) => name),
  );
  return html`${maps.length > 0 ? html`<h2 id="history">Features over time</h2>${maps}` : ''}
${section('answers', 'Answers', windows, ({ answers }) => answers)}
${section('labels', 'Labels', windows, ({ labels }) => labels)}
${dependenceSection(windows)}
${ranked.length > 0 ? featureSections(windows, ranked) : ''}`;
}

function section(
  id: string,
  title: string,
  windows: readonly NamedWindow[],
  of: (window: NamedWindow) => ComparedReport | undefined,
): Markup | undefined {
  const found = windows.flatMap((window) => {
    const compared = of(window);
    return compared ? [{ within: window.title, compared }] : [];
  });
  if (found.length === 0) return undefined;
  const cards = found.map(
    ({ within, compared }) =>
      html`<figure><figcaption><strong>Window of ${within}</strong> ${outcomeTag(compared.outcome, compared.level)}</figcaption>${drawn(compared)}</figure>`,
  );
  const rows = found.map(({ within, compared }) => ({ ...compared, name: within }));
  return html`<h2 id="${id}">${title}</h2><div class="grid">${cards}</div>${statisticsTable(`${title} beside the reference, by window`, rows)}`;
}
