/** What is known of one variant: how often the metric's event happened, and how often it did not. */
export interface Arm {
  readonly name: string;
  readonly events: number;
  readonly others: number;
  /** A guardrail speaks against it: it gets nothing, whatever its metric says. */
  readonly vetoed?: boolean;
}

/** Whether more of the event is better (conversions) or less (errors). */
export type Direction = 'higher' | 'lower';

export interface Allocation {
  readonly name: string;
  /** Share of the units from now on; all sum to 1. */
  readonly weight: number;
}

/**
 * Weights in proportion to `scores` that sum to 1, with at least `floor` for each arm that is not
 * vetoed, so that every arm goes on being measured: `floor + (1 - K floor) score`.
 */
export function floored(
  arms: readonly Arm[],
  scores: readonly number[],
  floor: number,
): readonly Allocation[] {
  const open = arms.filter(({ vetoed }) => !vetoed).length;
  const share = 1 - open * floor;
  return arms.map(({ name, vetoed }, i) => ({
    name,
    weight: vetoed ? 0 : floor + share * (scores[i] ?? 0),
  }));
}

/** @throws RangeError for what no experiment is: its plan is judged before it starts. */
export function checkArms(arms: readonly Arm[], floor: number): void {
  const counts = arms.flatMap(({ events, others }) => [events, others]);
  if (arms.length < 2) throw new RangeError(`got ${arms.length} arms, expected 2 or more`);
  if (!counts.every((count) => count >= 0 && Number.isSafeInteger(count))) {
    throw new RangeError(`got counts ${counts.join(', ')}, expected whole numbers of 0 or more`);
  }
  if (!(floor >= 0.01 && floor * arms.length <= 1)) {
    throw new RangeError(
      `got a floor of ${floor} for ${arms.length} arms, expected 0.01 to ${1 / arms.length}`,
    );
  }
  if (arms.every(({ vetoed }) => vetoed)) {
    throw new RangeError('got every arm vetoed, expected one left; end the experiment instead');
  }
}
