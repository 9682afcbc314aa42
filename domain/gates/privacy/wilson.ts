/** Both ends of the 95 % interval. */
const Z95 = 1.959963984540054;

/** Wilson's score interval of a share, two-sided, 95 % unless told; of nothing it is everything. */
export function wilson(
  hits: number,
  of: number,
  z = Z95,
): { readonly lower: number; readonly upper: number } {
  if (of === 0) return { lower: 0, upper: 1 };
  const [share, spread] = [hits / of, z ** 2 / of];
  const middle = share + spread / 2;
  const half = z * Math.sqrt((share * (1 - share)) / of + spread / (4 * of));
  return {
    lower: hits === 0 ? 0 : (middle - half) / (1 + spread),
    upper: hits === of ? 1 : (middle + half) / (1 + spread),
  };
}
