/** Index of the first NaN or infinity, or -1. */
export function firstNonFinite(values: ArrayLike<number>): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/** @throws RangeError on NaN or infinity, which no metric can rank or average. */
export function requireFinite(values: ArrayLike<number>, what: string): void {
  const i = firstNonFinite(values);
  if (i >= 0) throw new RangeError(`${what}[${i}] is ${values[i]}; expected a finite number`);
}
