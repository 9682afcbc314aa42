import type { Adoption, Served } from '#domain/monitoring/dashboard/drawing.ts';
import { cut, percent } from '#domain/monitoring/report/html/figures.ts';
import { html, type Markup } from '#domain/monitoring/report/html/markup.ts';
import { wide } from '#domain/monitoring/report/html/wide.ts';

/** What routes say now, in the place of a widget that counts in the logs. */
export function adoptionTable({ served, more }: Adoption): Markup {
  const said = html`<p>In the console this widget counts the answers of each version in the logs, which are not asked here.</p>`;
  if (served.length === 0) return html`<p>No version is in production.</p>${said}`;
  return html`${wide('Versions by model', html`<table class="words"><caption>Versions that answer, by the routes of now</caption><thead><tr><th scope="col">Model</th><th scope="col">In production</th><th scope="col">On trial</th></tr></thead><tbody>${served.map(row)}</tbody></table>`)}${more ? html`<p>There are more models, which are not listed.</p>` : ''}${said}`;
}

const row = ({ model, production, trial }: Served): Markup =>
  html`<tr><th scope="row">${cut(model, 60)}</th><td>${production === undefined ? '–' : version(production, 1 - (trial?.share ?? 0))}</td><td>${trial === undefined ? '–' : version(trial.version, trial.share)}</td></tr>\n`;

const version = (name: string, share: number): Markup =>
  html`${name} <small>${percent(share)}</small>`;
