/** ln of the mean of exp(x), of one x or more: the logarithm of averaged e-values, itself an e-value's. */
export function logMean(xs: readonly number[]): number {
  const top = Math.max(...xs);
  let sum = 0;
  for (const x of xs) sum += Math.exp(x - top);
  return top + Math.log(sum / xs.length);
}
