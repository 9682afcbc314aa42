import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHalf, toHalf } from '#domain/gates/half.ts';
import {
  argmax,
  calibration,
  expectedCalibrationError,
} from '#domain/gates/performance/calibration.ts';
import { classScores } from '#domain/gates/performance/class-scores.ts';
import { latencyQuantiles, quantile } from '#domain/gates/performance/quantile.ts';
import { regressionErrors } from '#domain/gates/performance/regression-errors.ts';
import { classRocAuc, rocAuc } from '#domain/gates/performance/roc-auc.ts';

type Expected = Record<string, number | null>;

/** What scikit-learn and numpy say; fixtures/make_metrics.py writes it. */
const truths = JSON.parse(
  readFileSync(new URL('./fixtures/metrics.json', import.meta.url), 'utf8'),
) as {
  binary: { name: string; truth: number[]; positive: number[]; expected: Expected }[];
  multiclass: {
    name: string;
    truth: number[];
    classes: number;
    probabilities: number[];
    expected: Expected;
  }[];
  regression: { name: string; truth: number[]; predicted: number[]; expected: Expected }[];
  quantiles: { sample: number[]; q: number; expected: number }[];
  float16: { value: number; bits: number; back: number }[];
};

function expectAll(got: object, expected: Expected): void {
  const values = new Map(Object.entries(got));
  expect([...values.keys()].filter((key) => values.get(key) !== undefined).sort()).toEqual(
    Object.keys(expected)
      .filter((key) => expected[key] !== null)
      .sort(),
  );
  for (const [key, value] of Object.entries(expected)) {
    if (value === null) continue;
    const error = Math.abs(values.get(key) - value);
    expect(error / Math.max(1, Math.abs(value)), key).toBeLessThanOrEqual(1e-12);
  }
}

describe('binary metrics equal scikit-learn', () => {
  it.each(truths.binary)('for $name', ({ truth, positive, expected }) => {
    const matrix = Float64Array.from(positive.flatMap((p) => [1 - p, p]));
    const predicted = positive.map((p) => argmax([1 - p, p]));
    expectAll(
      {
        ...classScores(truth, predicted, 'binary'),
        ...calibration(truth, matrix, 2),
        rocAuc: classRocAuc(truth, matrix, 2),
      },
      expected,
    );
  });
});

describe('multiclass metrics equal scikit-learn', () => {
  it.each(truths.multiclass)('for $name', ({ truth, classes, probabilities, expected }) => {
    const matrix = Float64Array.from(probabilities);
    const predicted = truth.map((_, row) =>
      argmax(matrix.subarray(row * classes, (row + 1) * classes)),
    );
    expectAll(
      {
        ...classScores(truth, predicted, 'macro'),
        ...calibration(truth, matrix, classes),
        rocAuc: classRocAuc(truth, matrix, classes),
      },
      expected,
    );
  });
});

describe('regression metrics equal scikit-learn', () => {
  it.each(truths.regression)('for $name', ({ truth, predicted, expected }) => {
    expectAll(regressionErrors(truth, predicted), expected);
  });
});

describe('quantile', () => {
  it.each(truths.quantiles)("equals numpy's inverted_cdf at $q", ({ sample, q, expected }) => {
    expect(
      quantile(
        sample.toSorted((a, b) => a - b),
        q,
      ),
    ).toBe(expected);
  });

  it('is always a sample that occurred, and never falls as q grows', () => {
    const samples = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 });
    const q = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(samples, q, q, (values, a, b) => {
        const sorted = values.toSorted((x, y) => x - y);
        const [low, high] = [quantile(sorted, Math.min(a, b)), quantile(sorted, Math.max(a, b))];
        return sorted.includes(low) && low <= high;
      }),
    );
  });

  it('refuses to summarise nothing', () => {
    expect(() => latencyQuantiles([])).toThrow('at least one sample');
  });
});

describe('rocAuc', () => {
  it('is the share of pairs ranked rightly, ties counting half', () => {
    const row = fc.record({ positive: fc.boolean(), score: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        const pairs = rows
          .filter(({ positive }) => positive)
          .flatMap((p) => rows.filter(({ positive }) => !positive).map((n) => p.score - n.score));
        const right = pairs.reduce((sum, gap) => sum + (gap > 0 ? 1 : gap === 0 ? 0.5 : 0), 0);
        const area = rocAuc(
          (i) => rows[i]?.positive === true,
          rows.map(({ score }) => score),
        );
        if (pairs.length === 0) expect(area).toBeUndefined();
        else expect(area).toBeCloseTo(right / pairs.length, 12);
      }),
    );
  });
});

describe('metrics refuse what they cannot judge', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('such as a score of %s', (bad) => {
    expect(() => rocAuc(() => true, [0.1, bad])).toThrow('scores[1]');
    expect(() => expectedCalibrationError([1, 0], [0.5, bad])).toThrow('probabilities[1]');
    expect(() => regressionErrors([1, 2], [1, bad])).toThrow('predicted[1]');
    expect(() => latencyQuantiles([1, bad])).toThrow('samplesMs[1]');
  });

  it('such as no rows, or fewer answers than rows', () => {
    expect(() => classScores([], [], 'binary')).toThrow('got 0 predictions for 0 rows');
    expect(() => classScores([1, 0], [1], 'binary')).toThrow('got 1 predictions for 2 rows');
    expect(() => regressionErrors([1, 2], [1])).toThrow('got 1 predictions for 2 rows');
    expect(() => calibration([1], new Float64Array(3), 2)).toThrow('expected 2 a row');
  });
});

describe('classScores', () => {
  it('counts a prediction outside the declared labels as wrong, not as a class', () => {
    expect(classScores([0, 1, 1], [0, 1, -1], 'macro')).toEqual({
      accuracy: 2 / 3,
      precision: 1,
      recall: 0.75,
      f1: (1 + 2 / 3) / 2,
    });
  });
});

describe('half precision', () => {
  it.each(truths.float16)('rounds $value as numpy does', ({ value, bits, back }) => {
    expect(toHalf(value)).toBe(bits);
    expect(fromHalf(bits)).toBe(back);
  });

  it('keeps every half-precision number, and turns what is beyond the range into infinity', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromHalf(bits);
      if (!Number.isNaN(value)) expect(toHalf(value)).toBe(bits);
    }
    expect(fromHalf(toHalf(Number.NaN))).toBeNaN();
    expect(toHalf(65519.99)).toBe(0x7bff);
    expect(toHalf(65520)).toBe(0x7c00);
    expect(toHalf(-1e300)).toBe(0xfc00);
  });
});
