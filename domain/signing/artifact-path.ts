/** Name under which a signature lies beside the files that it signs. */
export const SIGNATURE_FILE = 'model.sig';

/**
 * What no signature covers: git's own top-level entries and the signature itself, as OMS v1.0
 * (6.2) and the stock signer leave them out. In code-point order.
 */
export const IGNORED_PATHS = [
  '.git',
  '.gitattributes',
  '.github',
  '.gitignore',
  SIGNATURE_FILE,
] as const;

/** Whether an ignored path covers this file: the whole path, or a directory above it. */
export const isIgnored = (path: string): boolean =>
  IGNORED_PATHS.some((ignored) => path === ignored || path.startsWith(`${ignored}/`));

/** What keeps a path out of a signature (OMS v1.0, 6.1.2), or undefined for a good one. */
export function pathFault(path: string): string | undefined {
  if (/\p{Surrogate}/u.test(path)) return 'is not valid Unicode';
  if (path.includes('\0')) return 'holds a NUL';
  const odd = path.split('/').find((part) => part === '' || part === '.' || part === '..');
  return odd === undefined ? undefined : 'is not a relative path in its shortest form';
}

/** Order of Unicode code points, which is the order of UTF-8 bytes but not of UTF-16 units. */
export function byCodePoint(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const difference = rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Surrogates stand for code points from U+10000, so they sort after U+E000 to U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
