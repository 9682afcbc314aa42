import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classOneOf, sumsOfTallies } from '#domain/monitoring/truth/sums-of-tallies.ts';
import { scoreOf, type Truth } from '#domain/monitoring/truth/truth.ts';
import { NO_TRUTH, PROBABILITY_BINS } from '#domain/monitoring/truth/truth-sums.ts';
import { addTallies, groupTallyOf, tallyOf } from '#domain/monitoring/truth/truth-tally.ts';
import { OTHER, Vocabulary } from '#domain/monitoring/truth/vocabulary.ts';

type Classes = Extract<Truth, { kind: 'classes' }>;

const asItIs = (label: string) => label;
const classes = (truth: string, predicted: string, more: Partial<Classes> = {}): Classes => ({
  ...{ kind: 'classes', truth, predicted, groups: {} },
  ...more,
});
const predictionsOf = (...labels: string[]) =>
  ({
    kind: 'classes',
    classes: labels.map((label) => ({ label, truth: 1, answered: 1 })),
    unknown: 0,
  }) as const;
const sumsOf = (truths: readonly Truth[], ...labels: string[]) =>
  sumsOfTallies(
    truths.map((truth) => tallyOf(truth, asItIs)).reduce(addTallies, {}),
    truths.flatMap((truth) =>
      Object.entries(truth.groups).map(([attribute, group]) => ({
        ...{ attribute, group },
        tally: groupTallyOf(truth, asItIs),
      })),
    ),
    labels.length === 0 ? undefined : predictionsOf(...labels),
  );

const anyTruth: fc.Arbitrary<Classes> = fc
  .record({
    truth: fc.constantFrom('no', 'yes'),
    predicted: fc.constantFrom('no', 'yes'),
    probability: fc.double({ min: 0, max: 1, noNaN: true }),
    group: fc.constantFrom('f', 'm'),
  })
  .map(({ truth, predicted, probability, group }) =>
    classes(truth, predicted, { probability, groups: { sex: group } }),
  );

describe('the score of a truth', () => {
  it.each([
    [classes('yes', 'yes'), 1],
    [classes('yes', 'no'), 0],
    [{ kind: 'values', truth: 3, predicted: 5.5, groups: {} } as const, -2.5],
    [{ kind: 'values', truth: 3, predicted: 3, groups: {} } as const, 0],
    [{ kind: 'values', truth: -1e6, predicted: 1, groups: {} } as const, undefined],
    [{ kind: 'values', truth: 1e308, predicted: -1e308, groups: {} } as const, undefined],
  ])('of %j is %s', (truth, score) => {
    expect(scoreOf(truth)).toBe(score);
  });
});

describe('sums of truths', () => {
  it('are of nothing what nothing is', () => {
    expect(sumsOf([])).toEqual(NO_TRUTH);
  });

  it('have scores, labels, and probabilities by bins that hold their upper end', () => {
    const sums = sumsOf(
      [
        classes('yes', 'yes', { probability: 0.9 }),
        classes('no', 'yes', { probability: 0.91 }),
        classes('no', 'no', { probability: 0 }),
        classes('yes', 'no', { probability: 1 }),
        classes('yes', 'yes'),
      ],
      'no',
      'yes',
    );
    expect(sums).toMatchObject({ rows: 5, score: 3, squares: 3, labels: { yes: 3, no: 2 } });
    const { counts, sums: totals, hits } = sums.scored;
    expect(counts).toHaveLength(PROBABILITY_BINS);
    expect([counts[0], counts[17], counts[18], counts[19]]).toEqual([1, 1, 1, 1]);
    expect([totals[0], totals[17], totals[18], totals[19]]).toEqual([0, 0.9, 0.91, 1]);
    expect([hits[0], hits[17], hits[18], hits[19]]).toEqual([0, 1, 0, 1]);
  });

  it('hit where the answer was right, when there is no class 1', () => {
    const { hits } = sumsOf([classes('c', 'c', { probability: 0.5 })], 'a', 'b', 'c').scored;
    expect(hits[9]).toBe(1);
  });

  it('have no probabilities where no profile says what they are of', () => {
    const sums = sumsOf([classes('yes', 'yes', { probability: 0.5 })]);
    expect(sums).toMatchObject({ rows: 1, labels: { yes: 1 }, scored: NO_TRUTH.scored });
  });

  it('of numbers have no labels, and no probabilities', () => {
    const sums = sumsOf([{ kind: 'values', truth: 1, predicted: 1.5, groups: { area: 'n' } }]);
    expect(sums).toMatchObject({ rows: 1, score: -0.5, squares: 0.25, labels: {} });
    expect(sums.scored).toEqual(NO_TRUTH.scored);
    expect(sums.groups).toMatchObject([{ attribute: 'area', group: 'n', rows: 1, score: -0.5 }]);
  });

  it('count groups as a count row by row does', () => {
    fc.assert(
      fc.property(fc.array(anyTruth, { maxLength: 30 }), (truths) => {
        const sums = sumsOf(truths, 'no', 'yes');
        for (const group of ['f', 'm']) {
          const rows = truths.filter(({ groups }) => groups.sex === group);
          const count = (is: (one: Classes) => boolean) => rows.filter(is).length;
          const found = sums.groups.find((one) => one.group === group);
          if (rows.length === 0) expect(found).toBeUndefined();
          else {
            expect(found).toEqual({
              ...{ attribute: 'sex', group, rows: rows.length },
              selected: count(({ predicted }) => predicted === 'yes'),
              positives: count(({ truth }) => truth === 'yes'),
              truePositives: count((one) => one.truth === 'yes' && one.predicted === 'yes'),
              falsePositives: count((one) => one.truth === 'no' && one.predicted === 'yes'),
              score: count((one) => one.truth === one.predicted),
            });
          }
        }
        const hits = sums.scored.hits.reduce((sum, one) => sum + one, 0);
        expect(hits).toBe(truths.filter(({ truth }) => truth === 'yes').length);
      }),
    );
  });

  it('are the same in any order', () => {
    fc.assert(
      fc.property(fc.array(anyTruth, { maxLength: 20 }), (truths) => {
        expect(sumsOf(truths.toReversed(), 'no', 'yes')).toEqual({
          ...sumsOf(truths, 'no', 'yes'),
          groups: expect.arrayContaining([...sumsOf(truths, 'no', 'yes').groups]),
        });
      }),
    );
  });

  it('keep the largest groups and attributes, and count the others as one', () => {
    const many = Array.from({ length: 25 }, (_, i) =>
      Array.from({ length: 25 - i }, () => classes('yes', 'yes', { groups: { zip: `z${i}` } })),
    ).flat();
    const { groups } = sumsOf([...many, classes('no', 'no', { groups: { zip: OTHER } })]);
    expect(groups).toHaveLength(21);
    expect(groups[0]).toMatchObject({ group: 'z0', rows: 25 });
    expect(groups.at(-1)).toMatchObject({ group: OTHER, rows: 5 + 4 + 3 + 2 + 1 + 1 });
    const wide = Array.from({ length: 7 }, (_, i) =>
      classes('yes', 'yes', { groups: { [`a${i}`]: 'x', a6: 'x' } }),
    );
    const attributes = new Set(sumsOf(wide).groups.map(({ attribute }) => attribute));
    expect([...attributes]).toEqual(['a6', 'a0', 'a1', 'a2', 'a3']);
  });

  it('hold any label as its own, whatever objects are made of', () => {
    const { labels } = sumsOf([classes('__proto__', 'constructor')]);
    expect(Object.entries(labels)).toEqual([['__proto__', 1]]);
  });
});

describe('class 1', () => {
  it('is the second of two classes', () => {
    expect(classOneOf(predictionsOf('no', 'yes'))).toBe('yes');
  });

  it('is none of more, of numbers, or of an unknown profile', () => {
    const empty = { kind: 'empty', missing: 0 } as const;
    expect(classOneOf(predictionsOf('a', 'b', 'c'))).toBeUndefined();
    expect(classOneOf({ kind: 'values', truth: empty, answered: empty })).toBeUndefined();
    expect(classOneOf(undefined)).toBeUndefined();
  });
});

describe('a vocabulary', () => {
  it('has room for so many of each, and tells what it learned', () => {
    const vocabulary = new Vocabulary(new Map([['labels', new Set(['a', 'b'])]]));
    const has = (name: string) => vocabulary.has('labels', name, 3);
    expect(['a', 'c', 'd', 'c', 'b'].map(has)).toEqual([true, true, false, true, true]);
    expect(vocabulary.has('others', 'd', 1)).toBe(true);
    expect([...vocabulary.learned]).toEqual([
      ['labels', new Set(['c'])],
      ['others', new Set(['d'])],
    ]);
  });

  it('does not learn a name that finds no room', () => {
    const vocabulary = new Vocabulary();
    expect(vocabulary.has('labels', 'a', 0)).toBe(false);
    expect(vocabulary.learned.size).toBe(0);
  });
});
