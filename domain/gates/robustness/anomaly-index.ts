import { quantile } from '#domain/gates/performance/quantile.ts';

/** Makes a median absolute deviation a standard deviation, of normal numbers (Leys et al. 2013). */
const TO_SD = 1.4826;
/** Most features of most models jump by nothing: a deviation below this is none. */
const LEAST_SD = 0.1;

/**
 * How far each value stands above the median of all, in robust standard deviations: the anomaly
 * index of Neural Cleanse (Wang et al. 2019, IEEE S&P), over features in place of classes.
 */
export function anomalyIndexes(values: readonly number[]): readonly number[] {
  if (values.length === 0) return [];
  const middle = median(values);
  const deviation = TO_SD * median(values.map((value) => Math.abs(value - middle)));
  return values.map((value) => (value - middle) / Math.max(deviation, LEAST_SD));
}

/** The lower of the two in the middle of an even number, so a value that occurs. */
const median = (values: readonly number[]): number =>
  quantile(Float64Array.from(values).sort(), 0.5);
