const ORDER = 16;
const RULE = rule(ORDER);

/**
 * Points and weights that integrate a function over [low, high], in panels no wider than `width`,
 * each by 16 points: to 1e-12 for a normal density of half that deviation.
 */
export function gaussLegendre(
  low: number,
  high: number,
  width: number,
): { readonly points: readonly number[]; readonly weights: readonly number[] } {
  const panels = Math.max(1, Math.ceil((high - low) / width));
  const half = (high - low) / panels / 2;
  const points: number[] = [];
  const weights: number[] = [];
  for (let panel = 0; panel < panels; panel++) {
    const middle = low + (2 * panel + 1) * half;
    for (const [x, weight] of RULE) {
      points.push(middle + half * x);
      weights.push(half * weight);
    }
  }
  return { points, weights };
}

/** Zeros of the Legendre polynomial on [-1, 1] by Newton's method, with their weights. */
function rule(order: number): readonly (readonly [x: number, weight: number])[] {
  return Array.from({ length: order }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (order + 0.5));
    let slope = 0;
    for (let round = 0; round < 50; round++) {
      let [before, now] = [1, x];
      for (let k = 2; k <= order; k++) {
        [before, now] = [now, ((2 * k - 1) * x * now - (k - 1) * before) / k];
      }
      slope = (order * (x * now - before)) / (x * x - 1);
      x -= now / slope;
    }
    return [x, 2 / ((1 - x * x) * slope * slope)] as const;
  });
}
