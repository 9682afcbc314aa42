import type { Measured } from '#domain/gates/performance/measured.ts';
import type { RowHashes } from './profile.ts';

/** Test rows that training rows repeat. */
export interface Overlap {
  readonly rows: number;
  /** Test rows looked up: all of them when exact, else those of a narrower range of hashes. */
  readonly compared: number;
  readonly exact: boolean;
}

/**
 * Looks up the rows of a test set in those of a training set, each as often as it occurs.
 *
 * @throws RangeError when the hashes have different seeds
 */
export function measureOverlap(train: RowHashes, test: RowHashes): Measured<Overlap> {
  if (train.seed !== test.seed) {
    throw new RangeError(`got row hashes of seeds ${train.seed} and ${test.seed}; expected one`);
  }
  if (train.columns.join('\n') !== test.columns.join('\n')) {
    return {
      ok: false,
      verdict: 'inconclusive',
      reason: `the columns of the training rows (${some(train.columns)}) are not those of the test rows (${some(test.columns)})`,
    };
  }
  let rows = 0;
  let compared = 0;
  test.counts.forEach((high, low, count) => {
    if (!train.counts.range.admits(high)) return;
    compared += count;
    if (train.counts.count(high, low) > 0) rows += count;
  });
  const exact = train.counts.range.exact && test.counts.range.exact;
  return { ok: true, value: { rows, compared, exact } };
}

const some = (names: readonly string[]): string =>
  names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');
