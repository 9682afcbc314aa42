import gammaln from '@stdlib/math-base-special-gammaln';

/** How strongly the alternative is held to lie near the split meant. */
const CONCENTRATION = 100;

/**
 * ln E against "units are split as `shares` says": Dirichlet-multinomial over multinomial (Lindon
 * and Malek 2020, arXiv 2011.03567).
 *
 * @param shares each above 0, together 1
 */
export function sampleRatioLnE(counts: readonly number[], shares: readonly number[]): number {
  let n = 0;
  let sum = 0;
  for (const [i, count] of counts.entries()) {
    const share = shares[i] ?? 0;
    n += count;
    sum += gammaln(CONCENTRATION * share + count) - gammaln(CONCENTRATION * share);
    sum -= count * Math.log(share);
  }
  return gammaln(CONCENTRATION) - gammaln(CONCENTRATION + n) + sum;
}

/**
 * The split of the present share, and what the shares before it have shown. Those who were in a
 * smaller share are in each greater one: what a share shows by chance, the next shows again, so that
 * their evidence is no product. Each is tested by itself, at its part of the level.
 */
export interface SampleRatio {
  /** Of the canary; 0 and 1 split nothing. */
  readonly share: number;
  readonly canary: number;
  readonly baseline: number;
  /** The greatest ln E so far, less the ln of how many there may be: found broken, it stays so. */
  readonly greatest: number;
}

export const NO_SPLIT: SampleRatio = { share: 0, canary: 0, baseline: 0, greatest: 0 };

/**
 * The sums with more units that were split by `share`.
 *
 * @param shares that there may ever be, each once
 */
export function addSplit(
  state: SampleRatio,
  share: number,
  units: { readonly canary: number; readonly baseline: number },
  shares: number,
): SampleRatio {
  const same = share === state.share;
  const next = {
    share,
    canary: (same ? state.canary : 0) + units.canary,
    baseline: (same ? state.baseline : 0) + units.baseline,
  };
  const lnE = presentLnE(next) - Math.log(Math.max(1, shares));
  return { ...next, greatest: Math.max(state.greatest, lnE) };
}

const presentLnE = ({
  share,
  canary,
  baseline,
}: Pick<SampleRatio, 'share' | 'canary' | 'baseline'>) =>
  share > 0 && share < 1 ? sampleRatioLnE([canary, baseline], [share, 1 - share]) : 0;

/** How far the canary's share lies from the one meant, over the one meant. */
export function trafficDeviation({ share, canary, baseline }: SampleRatio): number {
  const units = canary + baseline;
  return share > 0 && units > 0 ? Math.abs(canary / units - share) / share : 0;
}
