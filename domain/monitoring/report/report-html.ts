import type { CheckKind, DriftReport } from './drift-report.ts';
import { alarmsSection } from './html/alarms.ts';
import { comparisonSections } from './html/comparisons.ts';
import { count, figure, utc } from './html/figures.ts';
import { headline } from './html/headline.ts';
import { html, type Markup } from './html/markup.ts';
import {
  accuracySection,
  conceptSection,
  datasetSection,
  fairnessSection,
  serviceSection,
} from './html/outcomes.ts';
import { page } from './html/page.ts';
import { windowsTable } from './html/windows.ts';

/**
 * The report as a page of its own: below 200 kB for 200 features, with nothing to load or to run.
 * Whatever comes from outside is escaped.
 */
export function reportHtml(report: DriftReport): string {
  const { model, version, windows, history } = report;
  const titled = windows.map((window) => ({ ...window, title: `${figure(window.hours)} h` }));
  return page(
    `${model} ${version}: ${kindsOf(report)} of ${utc(report.at)}`,
    html`<header><h1>${model} ${version}: ${kindsOf(report)}</h1><p>Tenant ${report.tenant}, checked ${utc(report.at)}</p></header>
<main>
${headline(report)}
${notes(report)}
${alarmsSection(report)}
${windows.length > 0 ? windowsTable(windows) : ''}
${serviceSection(report)}
${accuracySection(report)}
${conceptSection(report)}
${fairnessSection(report)}
${datasetSection(report)}
${comparisonSections(titled, history)}
</main>
${footer(report)}`,
  );
}

const KINDS: Readonly<Record<CheckKind, string>> = {
  drift: 'drift',
  performance: 'performance',
  health: 'health',
  dataset: 'data set',
};

const kindsOf = ({ kinds }: DriftReport): string =>
  `check of ${kinds.map((kind) => KINDS[kind]).join(', ')}`;

const notes = ({ notes: sentences }: DriftReport): Markup | undefined =>
  sentences.length > 0
    ? html`<h2 id="notes">What to know</h2><ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>`
    : undefined;

function footer({ id, digest, reference }: DriftReport): Markup {
  const profile = reference
    ? html`<br>Reference profile of ${count(reference.rows)} rows, <code>sha256:${reference.sha256}</code>`
    : '';
  return html`<footer>Report <code>${id}</code> on the version with digest <code>${digest}</code>${profile}</footer>`;
}
