import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { addUnits, reweighed, startSplit } from '#domain/experiments/split.ts';

/** What scipy says; `fixtures/make_evidence.py` made it. */
const truth = JSON.parse(
  readFileSync(new URL('fixtures/evidence.json', import.meta.url), 'utf8'),
) as {
  readonly splits: readonly {
    readonly counts: readonly number[];
    readonly shares: readonly number[];
    readonly lnE: number;
  }[];
};

describe('the test of a split', () => {
  it.each(truth.splits)('is scipy’s for $counts', ({ counts, shares, lnE }) => {
    const named = (values: readonly number[]) =>
      Object.fromEntries(values.map((value, i) => [`arm-${i}`, value]));
    const split = addUnits(startSplit(named(shares)), named(counts));
    expect(split.greatest).toBeCloseTo(Math.max(0, lnE), 8);
    expect(reweighed(split, named(shares)).before).toBeCloseTo(lnE, 8);
  });

  it('tests each weighing by itself, and remembers one that was broken', () => {
    const split = addUnits(startSplit({ bold: 0.5, control: 0.5 }), { bold: 500, control: 500 });
    const later = addUnits(reweighed(split, { bold: 0.1, control: 0.9 }), {
      bold: 100,
      control: 900,
    });
    expect(later.greatest).toBeLessThan(1);
    const broken = addUnits(later, { bold: 200 });
    const even = addUnits(reweighed(broken, { bold: 0.5, control: 0.5 }), {
      bold: 5000,
      control: 5000,
    });
    expect(even.greatest).toBe(broken.greatest);
    expect(broken.greatest).toBeGreaterThan(Math.log(1000));
  });

  it('leaves an arm without a share out', () => {
    const split = startSplit({ bold: 0, pale: 0.1, control: 0.9 });
    expect(addUnits(split, { bold: 3, pale: 100, control: 900 }).greatest).toBeLessThan(1);
  });
});
