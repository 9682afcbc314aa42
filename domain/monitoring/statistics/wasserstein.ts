import { knownAscending } from '#domain/gates/ordering/known.ts';

/**
 * Wasserstein's first distance: the area between the two distribution functions, in the values'
 * unit. NaN is missing.
 *
 * @throws RangeError when a sample has no values, or one that is not finite
 */
export function wasserstein(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const [a, b] = [knownAscending(one), knownAscending(other)];
  if (!(isFiniteSample(a) && isFiniteSample(b))) {
    throw new RangeError(
      `got ${a.length} and ${b.length} values; expected some of both, and finite ones`,
    );
  }
  let [i, j] = [0, 0];
  let before = Math.min(a[0] as number, b[0] as number);
  // Neumaier's sum: a million thin strips lose no digits.
  let [sum, lost] = [0, 0];
  while (i < a.length || j < b.length) {
    const value = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY);
    const strip = Math.abs(i / a.length - j / b.length) * (value - before);
    const next = sum + strip;
    lost += sum >= strip ? sum - next + strip : strip - next + sum;
    sum = next;
    while (a[i] === value) i++;
    while (b[j] === value) j++;
    before = value;
  }
  return sum + lost;
}

const isFiniteSample = (ascending: Float64Array): boolean =>
  ascending.length > 0 && Number.isFinite(ascending[0]) && Number.isFinite(ascending.at(-1));
