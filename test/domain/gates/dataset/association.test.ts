import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concordanceWith, crossFitted, rankAucs } from '#domain/gates/dataset/association.ts';
import truth from './fixtures/truth.json' with { type: 'json' };

const area = (scores: Float64Array, classes: Int32Array) => rankAucs(scores, classes, 2)[1];

describe('rankAucs', () => {
  it('agrees with scikit-learn on each class against the others', () => {
    const { scores, classes, areas } = truth.rank;
    const found = rankAucs(Float64Array.from(scores), Int32Array.from(classes), 3);
    expect(found).toHaveLength(areas.length);
    areas.forEach((expected, label) => {
      expect(found[label]).toBeCloseTo(expected, 12);
    });
  });

  it('leaves out rows without a score, and areas of too few rows', () => {
    const scores = Float64Array.of(1, 2, Number.NaN, 3, 4);
    const classes = Int32Array.of(0, 0, 0, 1, 1);
    expect(rankAucs(scores, classes, 3)).toEqual([0, 1, undefined]);
    expect(rankAucs(scores, classes, 2, 3)).toEqual([undefined, undefined]);
  });
});

describe('crossFitted', () => {
  const { codes, target, halves, scores } = truth.crossFitted;
  const coded = Float64Array.from(codes, (code) => code ?? Number.NaN);

  it('agrees with the means of pandas, a missing value being one of its own', () => {
    const found = crossFitted(coded, Float64Array.from(target), Uint8Array.from(halves));
    expect(found).toHaveLength(scores.length);
    scores.forEach((expected, row) => {
      expect(found[row]).toBeCloseTo(expected, 12);
    });
    expect(area(found, Int32Array.from(target))).toBeCloseTo(truth.crossFitted.area, 12);
  });

  it('learns nothing from an identifier', () => {
    const rows = 1000;
    const ids = Float64Array.from({ length: rows }, (_, row) => row);
    const label = Int32Array.from(ids, (id) => (id % 3 === 0 ? 1 : 0));
    const half = Uint8Array.from(ids, (id) => (id >> 1) & 1);
    const found = crossFitted(ids, Float64Array.from(label), half);
    expect(Math.abs((area(found, label) ?? 0) - 0.5)).toBeLessThan(0.02);
  });
});

describe('concordanceWith', () => {
  const values = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })),
    {
      minLength: 2,
      maxLength: 60,
    },
  );

  it("agrees with scipy's Somers' D", () => {
    const { labels, scores, expected } = truth.concordance;
    const found = concordanceWith(Float64Array.from(labels))(Float64Array.from(scores));
    expect(found).toBeCloseTo(expected, 12);
  });

  it('counts what it says it counts', () => {
    fc.assert(
      fc.property(values, (rows) => {
        let [pairs, concordant] = [0, 0];
        for (const [label, score] of rows) {
          for (const [higher, other] of rows) {
            if (label >= higher) continue;
            pairs++;
            concordant += score < other ? 1 : score === other ? 0.5 : 0;
          }
        }
        const labels = Float64Array.from(rows, ([label]) => label);
        const scores = Float64Array.from(rows, ([, score]) => score);
        const expected = pairs === 0 ? undefined : concordant / pairs;
        expect(concordanceWith(labels)(scores)).toBe(expected);
      }),
    );
  });

  it('is the area under the curve where there are two classes, rows without a score aside', () => {
    const scores = Float64Array.of(0.1, Number.NaN, 0.4, 0.35, 0.8, 0.4);
    const classes = Int32Array.of(0, 0, 0, 1, 1, 1);
    expect(concordanceWith(Float64Array.from(classes))(scores)).toBe(area(scores, classes));
  });
});
