import type { DriftReport, WindowReport } from '#domain/monitoring/report/drift-report.ts';
import { byGravity, WATCHED_NAMES } from './alarms.ts';
import { count, cut, figure, percent, times } from './figures.ts';
import { html, type Markup } from './markup.ts';

/** The verdict in a line, and what it rests on in another. */
export function headline(report: DriftReport): Markup {
  const { tone, text } = verdictOf(report);
  const reasons = report.windows.map(reasonOf);
  return html`<section class="verdict ${tone}" aria-label="Verdict"><p><strong>${text}</strong></p>${reasons.map((reason) => html`<p>${reason}</p>`)}</section>`;
}

/** Of inputs that do not drift as a whole by the policy. */
export const SOME_DRIFTED = 'Stable: too few features drifted for drift of the inputs';

interface Verdict {
  readonly tone: string;
  readonly text: string;
}

function verdictOf({ alarms, windows }: DriftReport): Verdict {
  const raised = byGravity(alarms).filter(({ raised }) => raised !== null);
  const [gravest] = raised;
  if (gravest) {
    const names = raised.map(({ watched }) => WATCHED_NAMES[watched].toLowerCase());
    return {
      tone: gravest.raised ?? 'warn',
      text: `Alarm at level ${gravest.raised}: ${names.join(', ')}`,
    };
  }
  const outcomes = [...alarms, ...windows.map(({ inputs }) => inputs)].map(
    ({ outcome }) => outcome,
  );
  const dependenceChanged = windows.some(({ dependence }) => dependence?.outcome === 'DRIFT');
  if (outcomes.includes('DRIFT') || dependenceChanged) {
    return {
      tone: 'warn',
      text: 'Drift in this check, but no alarm: it was not seen often enough',
    };
  }
  const lapsed = alarms.filter(({ change }) => change === 'lapsed');
  if (lapsed.length > 0) {
    const names = lapsed.map(({ watched }) => WATCHED_NAMES[watched].toLowerCase());
    return {
      tone: 'unknown',
      text: `Not known any more, after an alarm that nothing spoke against: ${names.join(', ')}`,
    };
  }
  if (outcomes.length === 0) return { tone: 'unknown', text: 'No window was due to be judged' };
  if (!outcomes.includes('STABLE')) {
    return { tone: 'unknown', text: 'Too few rows to judge anything' };
  }
  const some = windows.some(({ inputs }) => inputs.drifted.length > 0);
  const rest = outcomes.includes('INSUFFICIENT_DATA') ? '; of some there were too few rows' : '';
  return {
    tone: 'stable',
    text: (some ? SOME_DRIFTED : 'Stable: nothing that was judged drifted') + rest,
  };
}

function reasonOf(window: WindowReport): string {
  return [featuresOf(window), ...dependenceOf(window)].join(' ');
}

function dependenceOf({ dependence }: WindowReport): string[] {
  if (!dependence || dependence.drifted.length === 0) return [];
  const { drifted, judged } = dependence;
  const named = drifted
    .slice(0, 3)
    .map((name) => cut(name, 60))
    .join(', ');
  return [
    `Dependence changed in ${count(drifted.length)} of ${count(judged)} pairs of features: ${named}.`,
  ];
}

function featuresOf({ hours, inputs, counted, features }: WindowReport): string {
  const within = `Last ${figure(hours)} h, ${count(counted)} rows:`;
  if (inputs.outcome === 'INSUFFICIENT_DATA') return `${within} too few to compare features.`;
  const { drifted, driftedShare } = inputs;
  const named = drifted
    .slice(0, 3)
    .map((name) => cut(name, 40))
    .join(', ');
  return drifted.length === 0
    ? `${within} none of ${count(features.length)} features drifted; the closest is at ${times(inputs.greatestRatio)} what warns.`
    : `${within} ${count(drifted.length)} of ${count(features.length)} features drifted (${percent(driftedShare)}), above all ${named}; the gravest at ${times(inputs.greatestRatio)} what warns.`;
}
