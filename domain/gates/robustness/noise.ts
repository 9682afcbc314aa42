import type { Measured } from '#domain/gates/performance/measured.ts';
import { gaussian } from '#domain/gates/random.ts';
import { shifted } from './features.ts';
import { lossOf } from './loss.ts';
import type { Subject } from './subject.ts';

export interface NoiseDrop {
  /** Mean over the draws. */
  readonly drop: number;
  readonly draws: readonly number[];
  /** Features that noise moves: categories stay as they are. */
  readonly features: number;
}

/** The mean of five has less than half the spread of one. */
const DRAWS = 5;

/**
 * What is lost under Gaussian noise of `sd` standard deviations on every numeric feature at once:
 * a common corruption, which a model meets without an adversary (Hendrycks and Dietterich 2019,
 * arXiv 1903.12261).
 */
export async function measureNoise(
  { features, columns, truth, answer }: Subject,
  base: number,
  sd: number,
  random: () => number,
): Promise<Measured<NoiseDrop>> {
  const draws: number[] = [];
  while (draws.length < DRAWS) {
    const noisy = columns.map((values, at) => {
      const feature = features[at];
      if (!feature || feature.kind === 'category' || feature.sd === 0) return values;
      const step = sd * feature.sd;
      return values.map((value) => shifted(feature, value, step * gaussian(random)));
    });
    const answers = await answer(noisy);
    if (!answers.ok) return answers;
    draws.push(lossOf(truth, answers.value) - base);
  }
  const moved = features.filter(({ kind, sd }) => kind !== 'category' && sd > 0).length;
  const drop = draws.reduce((sum, one) => sum + one / DRAWS, 0);
  return { ok: true, value: { drop, draws, features: moved } };
}
