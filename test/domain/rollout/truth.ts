import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RatioSums } from '#domain/rollout/moments.ts';
import type { Moments } from '#domain/rollout/observation.ts';

/** What scipy and numpy say; `fixtures/make_truth.py` made it. */
export const truth = JSON.parse(
  readFileSync(fileURLToPath(new URL('fixtures/truth.json', import.meta.url)), 'utf8'),
) as Truth;

interface Truth {
  readonly welch: readonly {
    readonly canary: Moments;
    readonly baseline: Moments;
    readonly t: number;
    readonly df: number;
    readonly p: number;
    readonly low: number;
    readonly high: number;
  }[];
  readonly rateRatio: readonly {
    readonly looks: readonly (readonly number[])[];
    readonly harm: number;
    readonly promotion: number;
    readonly rate: number;
    readonly below: number;
  }[];
  readonly sequences: readonly {
    readonly n: number;
    readonly rho2: number;
    readonly alpha: number;
    readonly difference: number;
    readonly standardError: number;
    readonly halfWidth: number;
    readonly lnE: number;
  }[];
  readonly sampleRatio: readonly {
    readonly counts: readonly number[];
    readonly shares: readonly number[];
    readonly lnE: number;
  }[];
  readonly bounds: readonly {
    readonly information: readonly number[];
    readonly planned: number;
    readonly alpha: number;
    readonly bounds: readonly number[];
  }[];
  readonly clopperPearson: readonly {
    readonly hits: number;
    readonly of: number;
    readonly low: number;
    readonly high: number;
  }[];
  readonly ratios: readonly {
    readonly sums: RatioSums;
    readonly ratio: number;
    readonly standardError: number;
  }[];
}
