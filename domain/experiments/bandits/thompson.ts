import { mulberry32 } from '#domain/gates/random.ts';
import { type Allocation, type Arm, checkArms, type Direction, floored } from './arm.ts';
import { drawBeta } from './beta.ts';

export interface ThompsonOptions {
  readonly direction: Direction;
  /** The least share of an arm, 0.01 or more. */
  readonly floor: number;
  readonly seed: number;
  /** Draws that the probabilities rest on: 10,000 leave a standard error of 0.005 at most. */
  readonly draws?: number;
}

export interface ThompsonResult {
  /** Probability of being the best arm, by arm; 0 for a vetoed one. */
  readonly best: readonly number[];
  readonly weights: readonly Allocation[];
}

/**
 * Thompson sampling in batches: each arm's rate is Beta(1 + events, 1 + others), and its weight
 * follows its probability of being the best (Chapelle and Li 2011; Scott 2010). The same counts and
 * seed give the same weights.
 */
export function thompson(arms: readonly Arm[], options: ThompsonOptions): ThompsonResult {
  const { direction, floor, seed, draws = 10_000 } = options;
  checkArms(arms, floor);
  const random = mulberry32(seed);
  const wins = arms.map(() => 0);
  for (let draw = 0; draw < draws; draw++) {
    const winner = bestOf(arms, direction, random);
    wins[winner] = (wins[winner] as number) + 1;
  }
  const best = wins.map((count) => count / draws);
  return { best, weights: floored(arms, best, floor) };
}

function bestOf(arms: readonly Arm[], direction: Direction, random: () => number): number {
  let winner = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (const [i, { events, others, vetoed }] of arms.entries()) {
    if (vetoed) continue;
    const rate = drawBeta(1 + events, 1 + others, random);
    const worth = direction === 'higher' ? rate : -rate;
    if (worth > most) {
      most = worth;
      winner = i;
    }
  }
  return winner;
}
