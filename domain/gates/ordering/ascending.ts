import { ascendingByDigits } from './by-digits.ts';
import { ascendingSample } from './sample.ts';

/** From here on sorting by digits is quicker than by comparisons. */
const MANY = 50_000;

/** Sorts values of which none is NaN: itself, or into another array. */
export function ascending(values: Float64Array): Float64Array {
  if (values.length < MANY) return values.sort();
  const sample = ascendingSample(values);
  const middle = sample[sample.length >>> 1] as number;
  const ties = sample.indexOf(middle);
  return Object.is(sample[ties + (sample.length >>> 1)], middle)
    ? aroundTies(values, middle)
    : ascendingByDigits(values);
}

/** What differs from the commonest value is sorted by itself, on either side of it. */
function aroundTies(values: Float64Array, tie: number): Float64Array {
  let differ = 0;
  for (let i = 0; i < values.length; i++) if (!Object.is(values[i], tie)) differ++;
  if (2 * differ > values.length) return ascendingByDigits(values);
  const others = ascending(withoutTies(values, tie, differ));
  // Of the noughts, -0 comes first.
  const firstAbove = others.findIndex(
    (value) => !(value < tie || (tie === 0 && Object.is(value, -0))),
  );
  const below = firstAbove < 0 ? differ : firstAbove;
  values.fill(tie);
  values.set(others.subarray(0, below));
  values.set(others.subarray(below), values.length - (differ - below));
  return values;
}

function withoutTies(values: Float64Array, tie: number, differ: number): Float64Array {
  const others = new Float64Array(differ);
  let end = 0;
  for (let i = 0; i < values.length; i++) {
    if (!Object.is(values[i], tie)) others[end++] = values[i] as number;
  }
  return others;
}
