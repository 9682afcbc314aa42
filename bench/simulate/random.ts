import { gaussian } from '#domain/gates/random.ts';

export type Random = () => number;

/** Chris Doty-Humphrey's sfc32 in [0, 1): streams of different seeds do not overlap in practice. */
export function sfc32(seed: number, stream: number): Random {
  let [a, b, c, counter] = [seed | 0, stream | 0, 0x9e3779b9 | 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

/** Successes of n trials, exactly: by gaps when they are few, else by Hörmann's rejection (1993). */
export function binomial(n: number, p: number, random: Random): number {
  if (n === 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(n, 1 - p, random);
  return n * p < 10 ? byGaps(n, p, random) : byRejection(n, p, random);
}

function byGaps(n: number, p: number, random: Random): number {
  const lnFailure = Math.log1p(-p);
  let successes = 0;
  for (let trial = 0; ; successes++) {
    trial += 1 + Math.floor(Math.log(1 - random()) / lnFailure);
    if (trial > n) return successes;
  }
}

/** Algorithm BTRS; see Hörmann, "The generation of binomial random variates", 1993. */
function byRejection(n: number, p: number, random: Random): number {
  const deviation = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const c = n * p + 0.5;
  const vr = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const mode = Math.floor((n + 1) * p);
  for (;;) {
    const u = random() - 0.5;
    const v = 1 - random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor((2 * a * u) / us + b * u + c);
    if (us >= 0.07 && v <= vr) return k;
    if (k < 0 || k > n) continue;
    const height =
      lnFactorial(mode) +
      lnFactorial(n - mode) -
      lnFactorial(k) -
      lnFactorial(n - k) +
      (k - mode) * Math.log(p / (1 - p));
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= height) return k;
  }
}

const SMALL = 256;
const LN_FACTORIALS = new Float64Array(SMALL);
for (let i = 2; i < SMALL; i++) LN_FACTORIALS[i] = (LN_FACTORIALS[i - 1] ?? 0) + Math.log(i);

function lnFactorial(n: number): number {
  if (n < SMALL) return LN_FACTORIALS[n] ?? 0;
  const x = n + 1;
  return (
    (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + 1 / (12 * x) - 1 / (360 * x ** 3)
  );
}

/** The sum of n geometric numbers from 0 with this mean, by its normal limit: whole, not negative. */
export function geometricSum(n: number, mean: number, random: Random): number {
  const spread = Math.sqrt(n * mean * (1 + mean));
  return Math.max(0, Math.round(n * mean + spread * gaussian(random)));
}
