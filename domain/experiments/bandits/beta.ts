import { gaussian } from '#domain/gates/random.ts';

/** A draw from Beta(a, b) as a ratio of gammas; both shapes 1 or more. */
export function drawBeta(a: number, b: number, random: () => number): number {
  const x = drawGamma(a, random);
  return x / (x + drawGamma(b, random));
}

/**
 * A draw from Gamma(shape, 1), shape 1 or more: Marsaglia and Tsang, "A simple method for
 * generating gamma variables" (2000), which takes about one try.
 */
function drawGamma(shape: number, random: () => number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = gaussian(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
