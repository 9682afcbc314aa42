import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import { normalQuantile } from '#domain/gates/performance/normal-quantile.ts';
import { gaussLegendre } from './gauss-legendre.ts';

/** Probability mass beyond it, 6e-16, is left out. */
const FAR = 8;
/** What is spent below this cannot be told from rounding: the analysis stops nothing. */
const LEAST_SPEND = 1e-14;
const NEVER = 2 * FAR;

/**
 * What an O'Brien-Fleming-like spending function has spent of a one-sided `alpha` at a fraction of
 * the planned information (Lan and DeMets 1983, Biometrika 70; gsDesign's sfLDOF).
 */
export function spent(fraction: number, alpha: number): number {
  if (fraction <= 0) return 0;
  return 2 * normalCdf(-normalQuantile(1 - alpha / 2) / Math.sqrt(Math.min(1, fraction)), 0, 1);
}

/**
 * One-sided bounds of the standardised statistic at analyses with the given information, ascending,
 * so that without an effect all together are crossed with probability `spent` of the last fraction.
 * By the recursion of Armitage, McPherson and Rowe (1969); right to about 1e-9.
 *
 * @param planned information at which all of alpha is spent
 */
export function spendingBounds(
  information: readonly number[],
  planned: number,
  alpha: number,
): readonly number[] {
  const bounds: number[] = [];
  let uncrossed: Density = { points: [0], masses: [1] };
  let before = 0;
  let used = 0;
  for (const now of information) {
    const step = Math.sqrt(now - before);
    const spend = spent(now / planned, alpha) - used;
    const bound = boundFor(spend, uncrossed, now, step);
    bounds.push(bound);
    uncrossed = continued(uncrossed, bound, now, step);
    used += spend;
    before = now;
  }
  return bounds;
}

/** Probability masses of the unstandardised statistic where no bound was crossed yet. */
interface Density {
  readonly points: readonly number[];
  readonly masses: readonly number[];
}

/** The probability of lying beyond a limit after a step, and its density there. */
function crossing({ points, masses }: Density, limit: number, step: number) {
  let beyond = 0;
  let density = 0;
  for (let i = 0; i < points.length; i++) {
    const mass = masses[i] ?? 0;
    const z = ((points[i] ?? 0) - limit) / step;
    beyond += mass * normalCdf(z, 0, 1);
    density += mass * Math.exp((-z * z) / 2);
  }
  return { beyond, density: density / (step * Math.sqrt(2 * Math.PI)) };
}

/**
 * The bound that spends `spend` at information `now`: Newton's method on the logarithm, which is
 * concave, so that it comes down to the bound from above and cannot miss it.
 */
function boundFor(spend: number, uncrossed: Density, now: number, step: number): number {
  if (spend < LEAST_SPEND) return NEVER;
  const deviation = Math.sqrt(now);
  let low = 0;
  let z = -normalQuantile(spend);
  for (let round = 0; round < 100; round++) {
    const { beyond, density } = crossing(uncrossed, z * deviation, step);
    if (beyond > spend) low = z;
    if (beyond < Number.MIN_VALUE / Number.EPSILON) {
      // Too far out to tell how far, after a step that is small beside the way so far.
      z = (low + z) / 2;
      continue;
    }
    const move = (Math.log(beyond / spend) * beyond) / (density * deviation);
    z += move;
    if (Math.abs(move) < 1e-12) break;
  }
  return z;
}

function continued(before: Density, bound: number, information: number, step: number): Density {
  const deviation = Math.sqrt(information);
  const low = -FAR * deviation;
  const { points, weights } = gaussLegendre(low, Math.min(bound, FAR) * deviation, 2 * step);
  const masses = points.map((point, i) => {
    let density = 0;
    for (const [j, from] of before.points.entries()) {
      density += (before.masses[j] ?? 0) * Math.exp(-(((point - from) / step) ** 2) / 2);
    }
    return ((weights[i] ?? 0) * density) / (step * Math.sqrt(2 * Math.PI));
  });
  return { points, masses };
}
