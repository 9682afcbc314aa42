import { stirlingError } from './stirling-error.ts';

const TINY = 1e-300;
const MOST = 1_000_000;

/**
 * The regularised upper incomplete gamma function Q(a, x): by its series below a + 1, by Lentz's
 * continued fraction above. Relative error about 1e-13, in far tails and at a of millions too.
 *
 * @throws RangeError unless a > 0 and x ≥ 0
 */
export function gammaQ(a: number, x: number): number {
  if (!(a > 0 && x >= 0 && a < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`got a = ${a} and x = ${x}; expected a > 0 and x >= 0`);
  }
  if (x === 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  return x < a + 1 ? 1 - series(a, x) : continuedFraction(a, x);
}

/** x^a e^(−x) / Γ(a + 1), without the large terms that cancel in it. */
const density = (a: number, x: number): number =>
  Math.exp(-stirlingError(a) - a * excess(x / a - 1)) / Math.sqrt(2 * Math.PI * a);

/** u − ln(1 + u), to full precision about 0. */
function excess(u: number): number {
  if (Math.abs(u) > 0.1) return u - Math.log1p(u);
  // ln(1 + u) = 2 (r + r³/3 + r⁵/5 + …) of r = u / (2 + u), and u − 2r = r u.
  const r = u / (2 + u);
  const square = r * r;
  let [sum, power] = [0, r * square];
  for (let k = 3; Math.abs(power) > 1e-18 * Math.abs(sum) && k < 40; k += 2) {
    sum += power / k;
    power *= square;
  }
  return r * u - 2 * sum;
}

function series(a: number, x: number): number {
  let [term, sum] = [1, 1];
  for (let k = 1; k < MOST && term > Number.EPSILON * 0.1 * sum; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return sum * density(a, x);
}

function continuedFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k < MOST; k++) {
    const numerator = -k * (k - a);
    b += 2;
    d = 1 / (numerator * d + b || TINY);
    c = b + numerator / c || TINY;
    const step = d * c;
    fraction *= step;
    if (Math.abs(step - 1) < Number.EPSILON) break;
  }
  return a * density(a, x) * fraction;
}
