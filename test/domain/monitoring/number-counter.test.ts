import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numericDistribution } from '#domain/gates/performance/distribution.ts';
import {
  binsOf,
  countNumber,
  noCounts,
  referenceCounts,
} from '#domain/monitoring/statistics/bins.ts';
import { NumberCounter } from '#domain/monitoring/statistics/number-counter.ts';
import { SAMPLES } from '../gates/ordering/samples.ts';

function numericBins(reference: ArrayLike<number>) {
  const bins = binsOf(numericDistribution(reference));
  if (bins.kind !== 'numeric') throw new Error('numbers have numeric bins');
  return bins;
}

function counted(reference: ArrayLike<number>, values: Iterable<number>) {
  const bins = numericBins(reference);
  const [found, expected] = [noCounts(bins), noCounts(bins)];
  const counter = new NumberCounter(bins, found);
  for (const value of values) {
    counter.count(value);
    countNumber(bins, expected, value);
  }
  return { found, expected };
}

describe('NumberCounter', () => {
  it('counts as one number after the other is counted, missing and infinite ones too', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        fc.array(finite, { minLength: 1 }),
        fc.array(fc.double()),
        (reference, values) => {
          const { found, expected } = counted(reference, [...values, ...reference]);
          expect(found).toEqual(expected);
        },
      ),
    );
  });

  it.each(SAMPLES.filter(([, values]) => values.every(Number.isFinite)))(
    'counts the reference as its profile does: %s',
    (_name, values) => {
      const { found, expected } = counted(values, values);
      expect(found).toEqual(expected);
      expect(found.counts).toEqual(referenceCounts(numericDistribution(values)).counts);
    },
  );
});
