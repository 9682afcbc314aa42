import { describe, expect, it } from 'vitest';
import { greatestGap } from '#domain/monitoring/statistics/greatest-gap.ts';
import { SAMPLES } from '../gates/ordering/samples.ts';

/** At every value that there is: how many of one sample are up to it, less those of the other. */
function byDefinition(one: Float64Array, other: Float64Array, up: number, down: number): number {
  const [a, b] = [one.toSorted(), other.toSorted()];
  let [i, j, most] = [0, 0, 0];
  for (const value of Float64Array.from([...a, ...b]).sort()) {
    while ((a[i] as number) <= value) i++;
    while ((b[j] as number) <= value) j++;
    most = Math.max(most, Math.abs(i * up - j * down));
  }
  return most;
}

const halves = (values: Float64Array) => [values.slice(0, 31_000), values.slice(31_000)] as const;

describe('the greatest gap of many values', () => {
  it.each(SAMPLES)('is that of all of them in order: %s', (_name, values) => {
    const [one, other] = halves(values);
    const before = one.slice();
    const found = greatestGap(one, other, { up: other.length, down: one.length });
    expect(found).toBe(byDefinition(one, other, other.length, one.length));
    expect(one.every((value, i) => Object.is(value, before[i]))).toBe(true);
  });

  it.each(SAMPLES)('is found where one is moved, scaled or rounded: %s', (_name, values) => {
    const [one, rest] = halves(values);
    for (const other of [
      rest.map((value) => value + 0.01),
      rest.map((value) => value * 1.05),
      rest.map((value) => Math.round(value * 8) / 8),
    ]) {
      const found = greatestGap(one, other, { up: 29, down: 31 });
      expect(found).toBe(byDefinition(one, other, 29, 31));
      expect(greatestGap(other, one, { up: 31, down: 29 })).toBe(found);
    }
  });

  it('is all there is where nothing overlaps', () => {
    const [one, other] = [0, 1].map((by) =>
      Float64Array.from({ length: 9000 }, (_, i) => i / 9000 + by),
    );
    expect(greatestGap(one as Float64Array, other as Float64Array, { up: 1, down: 1 })).toBe(9000);
  });
});
