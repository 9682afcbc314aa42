import type { Level } from '#domain/gates/monitoring-policy.ts';
import { html, type Markup } from './markup.ts';

type Outcome = 'STABLE' | 'DRIFT' | 'INSUFFICIENT_DATA' | 'FAIR' | 'UNFAIR';

const WORDS: Readonly<Record<Outcome, readonly [text: string, tone: string]>> = {
  STABLE: ['stable', 'stable'],
  DRIFT: ['drift', 'warn'],
  INSUFFICIENT_DATA: ['too few rows', 'unknown'],
  FAIR: ['fair', 'stable'],
  UNFAIR: ['unfair', 'page'],
};

/** What came of a comparison, in a word and a colour. */
export function outcomeTag(outcome: Outcome, level?: Level): Markup {
  const [text, tone] = WORDS[outcome];
  return level ? levelTag(level) : html`<b class="tag ${tone}">${text}</b>`;
}

export const levelTag = (level: Level): Markup => html`<b class="tag ${level}">${level}</b>`;

/** The colour of a ratio to what warns: five steps, each also told by its number. */
export const heatOf = (ratio: number): string =>
  ratio < 0.5 ? 'h0' : ratio < 1 ? 'h1' : ratio < 1.5 ? 'h2' : ratio < 2 ? 'h3' : 'h4';
