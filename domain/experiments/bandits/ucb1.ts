import { type Allocation, type Arm, checkArms, type Direction, floored } from './arm.ts';

export interface Ucb1Result {
  /** Upper confidence bound of each arm's worth; infinite for one that was never tried. */
  readonly bounds: readonly number[];
  /** Index of the arm to favour: the first of the highest bound that is not vetoed. */
  readonly favoured: number;
  readonly weights: readonly Allocation[];
}

/**
 * UCB1 (Auer, Cesa-Bianchi and Fischer 2002): mean worth plus `sqrt(2 ln N / n)`. An arm's worth is
 * its rate, or 1 less its rate where less is better. The favoured arm gets all but the floors.
 */
export function ucb1(
  arms: readonly Arm[],
  options: { readonly direction: Direction; readonly floor: number },
): Ucb1Result {
  const { direction, floor } = options;
  checkArms(arms, floor);
  const all = arms.reduce((sum, { events, others }) => sum + events + others, 0);
  const bounds = arms.map(({ events, others }) => {
    const n = events + others;
    if (n === 0) return Number.POSITIVE_INFINITY;
    return (direction === 'higher' ? events : others) / n + Math.sqrt((2 * Math.log(all)) / n);
  });
  let favoured = -1;
  for (const [i, bound] of bounds.entries()) {
    if (arms[i]?.vetoed) continue;
    if (favoured < 0 || bound > (bounds[favoured] as number)) favoured = i;
  }
  const scores = arms.map((_, i) => Number(i === favoured));
  return { bounds, favoured, weights: floored(arms, scores, floor) };
}
