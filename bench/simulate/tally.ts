import { naive } from './naive.ts';
import { type Simulated, simulate } from './rollout.ts';
import { scenarios } from './scenarios.ts';

/** What became of many rollouts of a scenario. */
export interface Tally {
  readonly rollouts: number;
  readonly rolledBack: number;
  readonly passed: number;
  readonly promoted: number;
  readonly broken: number;
  readonly looks: number;
}

export const NONE: Tally = {
  rollouts: 0,
  rolledBack: 0,
  passed: 0,
  promoted: 0,
  broken: 0,
  looks: 0,
};

export const tallied = (tally: Tally, { end, passed, looks }: Simulated): Tally => ({
  rollouts: tally.rollouts + 1,
  rolledBack: tally.rolledBack + Number(end === 'rolled back'),
  passed: tally.passed + Number(passed),
  promoted: tally.promoted + Number(end === 'promoted'),
  broken: tally.broken + Number(end === 'error'),
  looks: tally.looks + looks,
});

export const together = (one: Tally, other: Tally): Tally => ({
  rollouts: one.rollouts + other.rollouts,
  rolledBack: one.rolledBack + other.rolledBack,
  passed: one.passed + other.passed,
  promoted: one.promoted + other.promoted,
  broken: one.broken + other.broken,
  looks: one.looks + other.looks,
});

/** Rollouts of the scenarios at `index`, each a random stream of its own. */
export function run(index: number, from: number, to: number, seed: number): Tally {
  const scenario = scenarios()[index];
  if (scenario === undefined) throw new RangeError(`got scenario ${index}; there is none`);
  let tally = NONE;
  for (let i = from; i < to; i++) tally = tallied(tally, simulate(scenario, seed + index, i));
  return tally;
}

export interface NaiveTally {
  readonly window: number;
  readonly zTest: number;
  readonly p95: number;
}

export function runNaive(rollouts: number, seed: number): NaiveTally {
  let [window, zTest, p95] = [0, 0, 0];
  for (let i = 0; i < rollouts; i++) {
    const found = naive(seed, i);
    window += Number(found.window);
    zTest += Number(found.zTest);
    p95 += Number(found.p95);
  }
  return { window, zTest, p95 };
}
