/** What the drift detection method remembers of a stream of right and wrong answers. */
export interface DriftDetection {
  readonly count: number;
  readonly errors: number;
  /** Error rate and its deviation where their sum was least; null before the first judged answer. */
  readonly best: { readonly rate: number; readonly deviation: number } | null;
}

export const NO_ANSWERS: DriftDetection = { count: 0, errors: 0, best: null };

/** Answers before the first judgement, and deviations that warn and alarm: those of the paper. */
const ANSWERS_MIN = 30;
const WARN = 2;
const DRIFT = 3;

/**
 * One more answer, by the drift detection method (Gama, Medas, Castillo and Rodrigues 2004): the
 * error rate of a model whose concept stands still can only fall. It is quick, and errs often where
 * nothing drifts, since its best is taken from few answers too: it may warn, Page and Hinkley's test
 * decides. Before any error there is no deviation to judge by.
 */
export function afterAnswer(
  state: DriftDetection,
  isWrong: boolean,
): { readonly state: DriftDetection; readonly outcome: 'stable' | 'warning' | 'drift' } {
  const count = state.count + 1;
  const errors = state.errors + (isWrong ? 1 : 0);
  if (count <= ANSWERS_MIN || errors === 0)
    return { state: { count, errors, best: null }, outcome: 'stable' };
  const rate = errors / count;
  const deviation = Math.sqrt((rate * (1 - rate)) / count);
  const known = state.best;
  const best =
    known === null || rate + deviation <= known.rate + known.deviation
      ? { rate, deviation }
      : known;
  const above = (deviations: number): boolean =>
    rate + deviation > best.rate + deviations * best.deviation;
  const outcome = above(DRIFT) ? 'drift' : above(WARN) ? 'warning' : 'stable';
  return { state: { count, errors, best }, outcome };
}
