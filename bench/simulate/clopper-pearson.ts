import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';

/** The exact two-sided interval of a share (Clopper and Pearson 1934). */
export function clopperPearson(
  hits: number,
  of: number,
  confidence = 0.99,
): { readonly low: number; readonly high: number } {
  const tail = (1 - confidence) / 2;
  return {
    low: hits === 0 ? 0 : betaQuantile(tail, hits, of - hits + 1),
    high: hits === of ? 1 : betaQuantile(1 - tail, hits + 1, of - hits),
  };
}
