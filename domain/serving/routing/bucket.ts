import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * Where a unit falls in [0, 1): `top48(SHA-256(salt || 0x00 || unit)) / 2^48`, both in UTF-8, so
 * that every process and every language draws the same. Other salts draw independently.
 */
export function bucketOf(salt: string, unit: string): number {
  const hash = sha256(utf8ToBytes(`${salt}\0${unit}`));
  let top = 0;
  for (let i = 0; i < 6; i++) top = top * 256 + (hash[i] as number);
  return top / 2 ** 48;
}

/** Whether a bucket is in the treatment of `share`: a larger share keeps all that were in it. */
export const inShare = (bucket: number, share: number): boolean => bucket < share;

/**
 * The item that a bucket draws by weights that sum to 1. Rounding leaves the last one whatever the
 * others leave; growing the first takes from its neighbours only.
 */
export function drawnBy<T extends { readonly weight: number }>(
  bucket: number,
  items: readonly T[],
): T | undefined {
  let end = 0;
  for (const item of items) {
    end += item.weight;
    if (bucket < end) return item;
  }
  return items.findLast(({ weight }) => weight > 0);
}
