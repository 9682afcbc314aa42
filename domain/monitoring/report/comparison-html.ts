import { type Comparison, levelOf } from './comparison.ts';
import { comparisonSections } from './html/comparisons.ts';
import { count, cut, percent, times } from './html/figures.ts';
import { SOME_DRIFTED } from './html/headline.ts';
import { html } from './html/markup.ts';
import { page } from './html/page.ts';

const VERDICTS = {
  DRIFT: ['warn', 'Drift'],
  STABLE: ['stable', 'Stable: nothing that was judged drifted'],
  INSUFFICIENT_DATA: ['unknown', 'Too few rows to judge'],
} as const;

/** The comparison of two tables as a page of its own, like a report's. */
export function comparisonHtml(comparison: Comparison): string {
  const { outcome, reference, current, inputs, features, dependence, label, notes } = comparison;
  const [tone, usual] = VERDICTS[outcome];
  const text = outcome === 'STABLE' && inputs.drifted.length > 0 ? SOME_DRIFTED : usual;
  const level = levelOf(comparison);
  const windows = [
    {
      title: cut(current.file, 60),
      inputs,
      features: [...features],
      ...(dependence && { dependence }),
      ...(label && { labels: label }),
    },
  ];
  return page(
    `Drift of ${current.file}`,
    html`<header><h1>${current.file} beside ${reference.file}</h1><p>${count(current.rows)} rows beside ${count(reference.rows)}</p></header>
<main>
<section class="verdict ${level ?? tone}" aria-label="Verdict"><p><strong>${text}${level ? `, at level ${level}` : ''}</strong></p><p>${count(inputs.drifted.length)} of ${count(features.length)} features drifted (${percent(inputs.driftedShare)}); the gravest is at ${times(inputs.greatestRatio)} what warns.</p></section>
${notes.length > 0 ? html`<h2 id="notes">What to know</h2><ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>` : ''}
${comparisonSections(windows)}
</main>`,
  );
}
