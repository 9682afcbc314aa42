import type { Counted, RolloutRecord } from './record.ts';

/** Looks into a step after which what was counted in the step before says nothing new. */
const LATE_LOOKS = 2;

/** Generations of the route that a rollout ran under. */
export interface Generations {
  readonly all: readonly number[];
  /** Those whose traffic may still grow; outcomes may come late for any. */
  readonly open: ReadonlySet<number>;
}

/**
 * @param current of the route now. Generations that no step begins are of changes beside the
 * rollout, such as an experiment's.
 */
export function generationsOf(
  { steps, state }: Pick<RolloutRecord, 'steps' | 'state'>,
  current: number,
): Generations {
  const [before, last] = [steps.at(-2), steps.at(-1)];
  const settled = state.step === last?.step && state.looksInStep >= LATE_LOOKS;
  const from = (settled ? last : (before ?? last))?.generation ?? current;
  const first = steps[0]?.generation ?? current;
  const all = Array.from({ length: Math.max(0, current - first) + 1 }, (_, i) => first + i);
  return { all, open: new Set(all.filter((generation) => generation >= from)) };
}

/**
 * Without the traffic of generations that are not read again: it is most of a record's bytes. Who
 * failed in them fails no more.
 */
export const keptCounts = (
  counted: RolloutRecord['counted'],
  { open }: Generations,
): RolloutRecord['counted'] =>
  Object.fromEntries(
    Object.entries(counted).map(([generation, seen]): [string, Counted] => [
      generation,
      open.has(Number(generation)) ? seen : closed(seen),
    ]),
  );

const closed = ({ outcomes, distinct }: Counted): Counted => ({
  traffic: {},
  outcomes,
  ...(distinct && { distinct: { assigned: {}, failed: distinct.failed } }),
});
