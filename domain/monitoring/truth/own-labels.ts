import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { PredictionProfile } from '#domain/gates/performance/reference-profile.ts';
import { truthDistribution } from '#domain/monitoring/statistics/predictions.ts';

/**
 * Names have at most 22 bytes of a sum for each of their own, and 476 beside: 64 of these have 53 kB, and
 * the others 211, so that the fullest sum has 280 of DynamoDB's 400.
 */
const OWN_BYTES = 1024;

/**
 * The classes that a version was judged on, as many as checks tell apart and sums always have room for,
 * the most frequent first.
 */
export function ownLabels(predictions: PredictionProfile | undefined): readonly string[] {
  if (predictions?.kind !== 'classes') return [];
  const distribution = truthDistribution(predictions);
  if (distribution.kind !== 'categorical') return [];
  let left = OWN_BYTES;
  return distribution.categories.flatMap(({ value }) => {
    const bytes = utf8ToBytes(value).length;
    if (bytes > left) return [];
    left -= bytes;
    return [value];
  });
}
