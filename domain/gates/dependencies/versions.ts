import { explain, valid } from '@renovatebot/pep440';

/** Longer ones are no versions of a release; digits beyond 15 do not fit a double. */
const MAX_LENGTH = 100;

/** The version in the form that can be ordered, or undefined when PEP 440 does not know it. */
export function parseVersion(text: string): string | undefined {
  const version = text.trim();
  if (version.length > MAX_LENGTH || /[0-9]{16}/.test(version)) return undefined;
  return valid(version) ?? undefined;
}

/** Without the local part: `2.3.1+cu121` is a build of the release 2.3.1, whose advisories it shares. */
export const publicVersion = (version: string): string => version.split('+', 1)[0] ?? version;

/** Place of a public version among all: keys compare number by number. */
export type OrderKey = readonly number[];

/** Before every version. */
export const BEFORE_ALL: OrderKey = [-1];

const PRE_RELEASES = ['a', 'b', 'rc'];

/**
 * Key of a version by the order of PEP 440, without its local part; undefined when PEP 440 does
 * not know the version. Advisories are many and long: each text is read once, keys are compared.
 */
export function orderKey(text: string): OrderKey | undefined {
  const version = parseVersion(text);
  const parts = version === undefined ? null : explain(version);
  if (parts === null) return undefined;
  const release = [...parts.release];
  while (release.at(-1) === 0) release.pop();
  // The library types these as lists, and gives the number alone.
  const [post, dev] = [
    parts.post as unknown as number | null,
    parts.dev as unknown as number | null,
  ];
  const [letter, number] = parts.pre ?? [];
  const onlyDev = letter === undefined && post === null && dev !== null;
  return [
    parts.epoch,
    ...release.map((part) => part + 1),
    0,
    letter === undefined
      ? onlyDev
        ? -1
        : PRE_RELEASES.length
      : PRE_RELEASES.indexOf(String(letter)),
    Number(number ?? 0),
    post ?? -1,
    dev ?? Number.POSITIVE_INFINITY,
  ];
}

/** Negative, 0 or positive, as `a` comes before, is or comes after `b`. */
export function compareKeys(a: OrderKey, b: OrderKey): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [one, other] = [a[at] ?? 0, b[at] ?? 0];
    if (one !== other) return one < other ? -1 : 1;
  }
  return a.length - b.length;
}
