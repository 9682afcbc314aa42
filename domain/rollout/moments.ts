import type { Moments } from './observation.ts';

export const NO_MOMENTS: Moments = { count: 0, mean: 0, m2: 0 };

/** Both together (Chan, Golub and LeVeque 1983). */
export function mergeMoments(one: Moments, other: Moments): Moments {
  const count = one.count + other.count;
  if (count === 0) return NO_MOMENTS;
  const apart = other.mean - one.mean;
  return {
    count,
    mean: one.mean + (apart * other.count) / count,
    m2: one.m2 + other.m2 + (apart * apart * one.count * other.count) / count,
  };
}

/** What `now` has more than `before`, which is part of it; nothing where it does not have more. */
export function momentsSince(now: Moments, before: Moments): Moments {
  const count = now.count - before.count;
  if (count <= 0) return NO_MOMENTS;
  const mean = now.mean + ((now.mean - before.mean) * before.count) / count;
  const apart = mean - before.mean;
  const between = (apart * apart * before.count * count) / now.count;
  return { count, mean, m2: Math.max(0, now.m2 - before.m2 - between) };
}

/** Sums over units of a numerator and a denominator, such as correct and labelled answers of a user. */
export interface RatioSums {
  readonly count: number;
  readonly numerator: number;
  readonly denominator: number;
  readonly numeratorSquares: number;
  readonly denominatorSquares: number;
  readonly products: number;
}

/**
 * A ratio of means as the moments of its linearisation, by the delta method (Deng et al., KDD 2018):
 * judged as a mean it has the ratio's variance, however many answers each user gave.
 *
 * @throws RangeError when the denominator is not positive
 */
export function ratioMoments(sums: RatioSums): Moments {
  const { count, numerator, denominator } = sums;
  if (!(denominator > 0)) {
    throw new RangeError(`got a denominator of ${denominator}; expected more than 0`);
  }
  const ratio = numerator / denominator;
  const squares =
    sums.numeratorSquares - 2 * ratio * sums.products + ratio * ratio * sums.denominatorSquares;
  const mean = denominator / count;
  return { count, mean: ratio, m2: Math.max(0, squares / (mean * mean)) };
}
