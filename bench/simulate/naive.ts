import { normalQuantile } from '#domain/gates/performance/normal-quantile.ts';
import { gaussian } from '#domain/gates/random.ts';
import { binomial, type Random, sfc32 } from './random.ts';

/** Thirty looks of 2,000 requests, evenly split, of which 1 % fail: nothing differs, ever. */
const LOOKS = 30;
const ARM = 1000;
const RATE = 0.01;

/** Whether each rule that people use would have rolled an equal canary back. */
export interface Naive {
  /** The canary's error rate in this window is above 1.5 %. */
  readonly window: boolean;
  /** A two-sided z-test of all counts so far has p < 0.05. */
  readonly zTest: boolean;
  /** The canary's p95 in this window is above 1.1 times the baseline's. */
  readonly p95: boolean;
}

export function naive(seed: number, stream: number): Naive {
  const random = sfc32(seed, stream);
  let [window, zTest, p95] = [false, false, false];
  let [canary, baseline] = [0, 0];
  const limit = normalQuantile(0.975);
  for (let look = 1; look <= LOOKS; look++) {
    const failed = binomial(ARM, RATE, random);
    canary += failed;
    baseline += binomial(ARM, RATE, random);
    const n = look * ARM;
    const pooled = (canary + baseline) / (2 * n);
    const z = (canary - baseline) / n / Math.sqrt((pooled * (1 - pooled) * 2) / n);
    window ||= failed > 0.015 * ARM;
    zTest ||= Math.abs(z) > limit;
    p95 ||= p95Of(random) > 1.1 * p95Of(random);
  }
  return { window, zTest, p95 };
}

/** The p95 of an arm's latencies, log-normal of deviation 0.5. */
function p95Of(random: Random): number {
  const latencies = Float64Array.from({ length: ARM }, () => Math.exp(0.5 * gaussian(random)));
  return latencies.sort()[Math.ceil(0.95 * ARM) - 1] ?? 0;
}
