import type { Measured } from '#domain/gates/performance/measured.ts';
import type { Feature } from './features.ts';
import { lossOf } from './loss.ts';
import { type Subject, withConstant } from './subject.ts';

export interface MissingDrop {
  readonly feature: string;
  readonly drop: number;
  /** What stood for the missing value. */
  readonly as: 'NaN' | 'median' | 'most frequent value';
}

/**
 * What is lost while one feature is missing from every row, for each in turn, the worst first.
 * NaN stands for it where the rows show that the model takes NaN, else what an imputation
 * would write.
 */
export async function measureMissing(
  { features, columns, truth, answer }: Subject,
  base: number,
  probed: readonly number[],
): Promise<Measured<readonly MissingDrop[]>> {
  const drops: MissingDrop[] = [];
  for (const at of probed) {
    const feature = features[at] as Feature;
    const as = standIn(feature);
    const value = as === 'NaN' ? Number.NaN : feature.typical;
    const answers = await answer(withConstant(columns, at, value));
    if (!answers.ok) return answers;
    drops.push({ feature: feature.name, drop: lossOf(truth, answers.value) - base, as });
  }
  return { ok: true, value: drops.sort((a, b) => b.drop - a.drop) };
}

function standIn({ kind, takesNaN, texts }: Feature): MissingDrop['as'] {
  if (takesNaN && !texts) return 'NaN';
  return kind === 'category' ? 'most frequent value' : 'median';
}
