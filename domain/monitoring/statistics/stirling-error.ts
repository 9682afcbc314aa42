/** Where the series below is exact to the last digit. */
const LARGE = 16;

/**
 * ln Γ(x + 1) less Stirling's approximation of it, for x > 0 (Loader 2000): what is left once the
 * large terms, which cancel in every probability, are taken out beforehand.
 */
export function stirlingError(x: number): number {
  let [at, error] = [x, 0];
  for (; at < LARGE; at++) error += (at + 0.5) * Math.log1p(1 / at) - 1;
  const inverse = 1 / (at * at);
  const series = SERIES.reduceRight((sum, coefficient) => coefficient + sum * inverse, 0);
  return error + series / at;
}

/** Bernoulli numbers over 2k (2k − 1). */
const SERIES = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156];
