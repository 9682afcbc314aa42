import { stabilityIndex } from '#domain/gates/performance/stability.ts';
import { chiSquareQuantile } from './chi-square.ts';

/**
 * Population stability index Σ (q − p) ln(q / p), each share p = (count + ½) / (rows + bins / 2)
 * (Jeffreys), so that an empty bin does not make it infinite.
 */
export const psi: (reference: ArrayLike<number>, current: ArrayLike<number>) => number =
  stabilityIndex;

/** Two samples of one distribution, seen in counts. */
export interface Chance {
  readonly bins: number;
  /** Rows of the reference. */
  readonly m: number;
  /** Rows of the window. */
  readonly n: number;
  /** How many times as much as independent rows the counts vary; at least 1. */
  readonly overdispersion: number;
  /** Probability of exceeding it. */
  readonly alpha: number;
}

/**
 * What the index stays below by chance with probability 1 − alpha: it is close to χ² of bins − 1
 * degrees times 1/n + 1/m (Yurdakul and Naranjo 2020), and as overdispersed as the window is.
 */
export function psiByChance({ bins, m, n, overdispersion, alpha }: Chance): number {
  return overdispersion * chiSquareQuantile(alpha, Math.max(1, bins - 1)) * (1 / n + 1 / m);
}
