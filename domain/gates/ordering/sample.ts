const EACH = 1024;

/** Evenly spaced values of both arrays, which may be the same one, sorted. */
export const ascendingSample = (values: Float64Array, others = values): Float64Array =>
  Float64Array.from([...everyFew(values), ...(others === values ? [] : everyFew(others))]).sort();

function everyFew(values: Float64Array): number[] {
  const length = Math.min(EACH, values.length);
  return Array.from(
    { length },
    (_, i) => values[Math.floor((i * values.length) / length)] as number,
  );
}
