import { sampleRatioLnE } from '#domain/rollout/sample-ratio.ts';
import type { Weights } from './weighing.ts';

/** How units were shared out since the last weighing, and what those before it have shown. */
export interface Split {
  readonly weights: Weights;
  readonly counts: Readonly<Record<string, number>>;
  /** ln E of earlier weights together. */
  readonly before: number;
  /** The greatest ln E so far: a split found broken stays so. */
  readonly greatest: number;
  /** Units of all arms, under whatever weights. */
  readonly units: number;
}

export const startSplit = (weights: Weights): Split => ({
  weights,
  counts: {},
  before: 0,
  greatest: 0,
  units: 0,
});

/** The sums with more units that were shared out by the present weights. */
export function addUnits(split: Split, counts: Split['counts']): Split {
  const next = { ...split, counts: summed(split.counts, counts) };
  const units = Object.values(counts).reduce((sum, count) => sum + count, split.units);
  return { ...next, units, greatest: Math.max(split.greatest, lnEOf(next)) };
}

/** From now on units are shared out otherwise. */
export const reweighed = (split: Split, weights: Weights): Split => ({
  ...split,
  weights,
  counts: {},
  before: lnEOf(split),
});

/** ln E against "units were shared out as weighed"; an arm without weight gets none to test. */
function lnEOf({ weights, counts, before }: Split): number {
  const open = Object.entries(weights).filter(([, weight]) => weight > 0);
  if (open.length < 2) return before;
  const seen = open.map(([name]) => counts[name] ?? 0);
  const shares = open.map(([, weight]) => weight);
  return before + sampleRatioLnE(seen, shares);
}

function summed(one: Split['counts'], other: Split['counts']): Split['counts'] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...names].map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]),
  );
}
