/** Unspecified, loopback and broadcast addresses are every machine's, and nobody's. */
const NOBODYS_V4 = /^(?:0\.0\.0\.0|127\.|255\.255\.255\.255)/;

export const isPersonalIpv4 = (matched: string): boolean => !NOBODYS_V4.test(matched);

/** Sixteen-bit groups, of which an embedded IPv4 address is two. */
const GROUPS = 8;

/**
 * RFC 4291 § 2.2, every form, with or without a zone. Slices of Python
 * (`1::2`) and names of C++ parse as addresses too: one must have a letter among its digits, an
 * IPv4 tail or four groups.
 */
export function isPersonalIpv6(matched: string): boolean {
  const address = matched.replace(/%.*$/, '').toLowerCase();
  const tail = /(?<=:)\d+\.\d+\.\d+\.\d+$/.exec(address)?.[0];
  if (tail?.split('.').some((octet) => Number(octet) > 255)) return false;
  if (tail !== undefined && NOBODYS_V4.test(tail)) return false;
  const plain = tail === undefined ? address : `${address.slice(0, -tail.length)}0:0`;
  const halves = plain.split('::');
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[\da-f]{1,4}$/.test(group))) return false;
  const complete = halves.length === 1 ? groups.length === GROUPS : groups.length < GROUPS;
  if (halves.length > 2 || !complete) return false;
  const speaks =
    tail !== undefined || groups.length >= 4 || (/\d/.test(plain) && /[a-f]/.test(plain));
  return speaks && groups.some((group) => Number.parseInt(group, 16) > 1);
}
