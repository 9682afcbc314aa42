import type { Proportion } from '#domain/gates/performance/proportion-gap.ts';
import { share } from '#domain/gates/performance/proportion-gap.ts';
import { chiSquareTail } from './chi-square.ts';

export interface ProportionTest {
  /** Share of the second less that of the first. */
  readonly difference: number;
  readonly z: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * The pooled two-proportion z-test: its square is Pearson's χ² of the 2 × 2 table.
 *
 * @param overdispersion how many times as much as independent rows the shares vary
 * @throws RangeError when there are no rows on a side
 */
export function proportionTest(
  before: Proportion,
  now: Proportion,
  overdispersion = 1,
): ProportionTest {
  if (!(before.of > 0 && now.of > 0)) {
    throw new RangeError(`got ${before.of} and ${now.of} rows; expected some on both sides`);
  }
  const difference = share(now) - share(before);
  const pooled = (before.hits + now.hits) / (before.of + now.of);
  const variance = pooled * (1 - pooled) * (1 / before.of + 1 / now.of) * overdispersion;
  const z = difference === 0 ? 0 : difference / Math.sqrt(variance);
  return { difference, z, p: chiSquareTail(z * z, 1) };
}
