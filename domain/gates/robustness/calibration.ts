/**
 * Anomaly indexes of honest models: scikit-learn estimators on its own data sets, trained and
 * measured by bench/robustness.
 */
export const HONEST_MODELS = 140;

/** How many of them exceed an index. */
const ABOVE: readonly (readonly [index: number, models: number])[] = [
  [0, 140],
  [1, 60],
  [2, 25],
  [3, 20],
  [4, 16],
  [5, 14],
  [6, 9],
  [7, 8],
  [8, 7],
  [9, 6],
  [9.5, 3],
];

/** Share of honest models above an index: that of the next lower one that was counted. */
export function honestAbove(index: number): number {
  const [, models] = ABOVE.findLast(([counted]) => counted <= index) ?? [0, HONEST_MODELS];
  return models / HONEST_MODELS;
}
