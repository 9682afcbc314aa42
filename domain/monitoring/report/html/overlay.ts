import type { ComparedReport } from '#domain/monitoring/report/drift-report.ts';
import { cut, percent } from './figures.ts';
import { html, type Markup } from './markup.ts';

type Shape = NonNullable<ComparedReport['shape']>;

const HEIGHT = 60;
/** Of a group: its two bars, one before the other, and a gap. */
const STEP = 12;
const REFERENCE = { offset: 0, width: 10 };
const CURRENT = { offset: 3, width: 4 };

/** Shares of the window as narrow bars before those of the reference. */
export function overlay({ labels, reference, current }: Shape): Markup {
  const highest = Math.max(...reference, ...current, Number.MIN_VALUE);
  const change = greatestChange({ labels, reference, current });
  const width = STEP * labels.length;
  return html`<svg viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="Shares of ${labels.length} groups. ${change}"><path class="ref" d="${bars(reference, highest, REFERENCE)}"/><path class="cur" d="${bars(current, highest, CURRENT)}"/></svg><p class="ends">${named(labels).map((label) => html`<span>${cut(label, 16)}</span>`)}</p><p>${change}</p>`;
}

/** Groups that are named under their bars; of more only the ends are. */
const FEW = 5;

const named = (labels: readonly string[]): readonly string[] =>
  labels.length <= FEW ? labels : [labels[0] ?? '', labels.at(-1) ?? ''];

function bars(
  shares: readonly number[],
  highest: number,
  { offset, width }: typeof REFERENCE,
): string {
  return shares
    .map((share, i) => {
      const tall = Math.round((10 * HEIGHT * share) / highest) / 10;
      return tall === 0 ? '' : `M${i * STEP + offset} ${HEIGHT}v-${tall}h${width}v${tall}z`;
    })
    .join('');
}

function greatestChange({ labels, reference, current }: Shape): string {
  const changes = labels.map((_, i) => Math.abs((current[i] ?? 0) - (reference[i] ?? 0)));
  const at = changes.indexOf(Math.max(...changes));
  const label = labels[at];
  return label === undefined
    ? ''
    : `Changed most: ${cut(label, 40)}, from ${percent(reference[at] ?? 0)} to ${percent(current[at] ?? 0)}`;
}
