import { ascending } from './ascending.ts';

/** A sorted copy of the values that are not missing (NaN). */
export function knownAscending(values: ArrayLike<number>): Float64Array {
  const all = known(values);
  return ascending(all === values ? all.slice() : all);
}

/** The values that are not missing (NaN): the same array where none is. */
export function known(values: ArrayLike<number>): Float64Array {
  const all = values instanceof Float64Array ? values : new Float64Array(values);
  let missing = 0;
  for (let i = 0; i < all.length; i++) if (Number.isNaN(all[i])) missing++;
  return missing === 0 ? all : all.filter((value) => !Number.isNaN(value));
}
