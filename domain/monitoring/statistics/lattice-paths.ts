/**
 * The chance that two samples of one continuous distribution have a Kolmogorov–Smirnov distance of
 * at least `steps` / lcm(m, n): the share of the lattice paths from (0, 0) to (m, n) that leave the
 * band about the diagonal (Hodges 1957). Time m × the band's width.
 */
export function pathsOutside(m: number, n: number, steps: number): number {
  if (steps <= 0) return 1;
  if (m < n) return pathsOutside(n, m, steps);
  const divisor = greatestDivisor(m, n);
  if (m === n) return outsideSquare(n, steps);
  return outsideBand(m, n, steps, divisor);
}

export function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** 2 [C(2n, n − h) − C(2n, n − 2h) + …] / C(2n, n), from its least term on (Gnedenko 1951). */
function outsideSquare(n: number, h: number): number {
  let outside = 0;
  for (let k = Math.floor(n / h); k >= 0; k--) {
    let ratio = 1;
    for (let j = 0; j < h; j++) ratio *= (n - k * h - j) / (n + k * h + j + 1);
    outside = ratio * (1 - outside);
  }
  return Math.min(1, 2 * outside);
}

/**
 * Column by column, the share of paths to (i, j) that were outside before: i / (i + j) of them come
 * from the left and the rest from below, and outside the band it is 1.
 */
function outsideBand(m: number, n: number, steps: number, divisor: number): number {
  const [mg, ng] = [m / divisor, n / divisor];
  const lowest = (i: number): number =>
    Math.min(n, Math.max(0, Math.floor((ng * i - steps) / mg) + 1));
  const end = (i: number): number => Math.min(n + 1, Math.ceil((ng * i + steps) / mg));
  const shares = new Float64Array(n + 1).fill(1);
  shares.fill(0, 0, end(0));
  for (let i = 1; i <= m; i++) {
    const [from, to] = [lowest(i), end(i)];
    if (to <= from) return 1;
    let below = from === 0 ? 0 : 1;
    for (let j = from; j < to; j++) {
      below = ((shares[j] as number) * i + below * j) / (i + j);
      shares[j] = below;
    }
  }
  return shares[n] as number;
}
