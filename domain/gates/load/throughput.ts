/** Events a second, with a two-sided 95 % interval. */
export interface Throughput {
  readonly perSecond: number;
  readonly low: number;
  readonly high: number;
}

const SLICES = 10;
/** Student's t at 97.5 % with nine degrees of freedom. */
const T9 = 2.2621571627409915;

/**
 * Throughput by batch means (Law, Simulation Modeling and Analysis, 9.5.3): the time is cut into
 * ten slices, and how much their rates differ says how sure the mean is.
 *
 * @param atMs when each event was, within 0 and `elapsedMs`
 * @param elapsedMs above 0
 */
export function throughput(atMs: readonly number[], elapsedMs: number): Throughput {
  const sliceMs = elapsedMs / SLICES;
  const counts = new Array<number>(SLICES).fill(0);
  for (const at of atMs) {
    const slice = Math.min(SLICES - 1, Math.floor(at / sliceMs));
    counts[slice] = (counts[slice] ?? 0) + 1;
  }
  const rates = counts.map((count) => (1000 * count) / sliceMs);
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / SLICES;
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / (SLICES - 1);
  const half = T9 * Math.sqrt(variance / SLICES);
  return { perSecond: mean, low: Math.max(0, mean - half), high: mean + half };
}
