/** What Page and Hinkley's test remembers of a stream of losses. */
export interface PageHinkley {
  readonly count: number;
  readonly mean: number;
  /** Sum of how far each loss lay above the mean so far and what is tolerated. */
  readonly sum: number;
  readonly least: number;
}

export const NO_LOSSES: PageHinkley = { count: 0, mean: 0, sum: 0, least: 0 };

/**
 * One more loss (Page 1954, Hinkley 1971; the one-sided test for an increase of the mean).
 *
 * @param loss in standard deviations of the reference's losses, of one row of each unit
 * @param tolerance increase that counts as none, in the same unit
 */
export function afterLoss(state: PageHinkley, loss: number, tolerance: number): PageHinkley {
  const count = state.count + 1;
  const mean = state.mean + (loss - state.mean) / count;
  const sum = state.sum + loss - mean - tolerance;
  return { count, mean, sum, least: Math.min(state.least, sum) };
}

/** How far the sum has risen above its least: concepts drifted where it passes the policy's limit. */
export const rise = ({ sum, least }: PageHinkley): number => sum - least;
