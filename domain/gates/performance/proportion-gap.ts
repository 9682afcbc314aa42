import { wilson } from '#domain/gates/privacy/wilson.ts';
import { normalQuantile } from './normal-quantile.ts';

/** Rows of which some hit: right answers, selected people. */
export interface Proportion {
  readonly hits: number;
  readonly of: number;
}

export interface GapInterval {
  readonly gap: number;
  readonly lower: number;
  readonly upper: number;
}

/** Chance of calling equal shares different, over all comparisons of one judgement together. */
const ALPHA = 0.05;

/**
 * How far the share `a` lies above the share `b`, with Newcombe's interval (1998, method 10: the
 * hybrid of both Wilson intervals), which holds with few rows and with shares of 0 and 1.
 *
 * @param comparisons made in the same judgement: each keeps its part of 5 % (Bonferroni)
 */
export function proportionGap(a: Proportion, b: Proportion, comparisons = 1): GapInterval {
  const z = normalQuantile(1 - ALPHA / (2 * Math.max(1, comparisons)));
  const [of, rest] = [wilson(a.hits, a.of, z), wilson(b.hits, b.of, z)];
  const [high, low] = [share(a), share(b)];
  const gap = high - low;
  return {
    gap,
    lower: gap - Math.hypot(high - of.lower, rest.upper - low),
    upper: gap + Math.hypot(of.upper - high, low - rest.lower),
  };
}

/** @returns 0 of nothing */
export const share = ({ hits, of }: Proportion): number => (of === 0 ? 0 : hits / of);
