import inc from 'semver/functions/inc.js';
import parse from 'semver/functions/parse.js';
import type { Problem } from './problem.ts';

/** Part of a version that a change calls for. */
export type Bump = 'major' | 'minor' | 'patch';

export type VersionResult =
  | { readonly ok: true; readonly version: string }
  | { readonly ok: false; readonly problem: Problem };

/** Sort keys give each number six digits. */
const LARGEST_PART = 999_999;
/** Keeps sort keys, which pad numbers in prereleases to 17 characters, under DynamoDB's 1,024 bytes. */
const LONGEST_VERSION = 64;

/** Reads a version as strict semver without build metadata; `x.y` becomes `x.y.0`. */
export function normaliseVersion(text: string): VersionResult {
  const version = /^\d+\.\d+$/.test(text) ? `${text}.0` : text;
  if (version.length > LONGEST_VERSION) {
    return refused(text, `at most ${LONGEST_VERSION} characters`, 'shorten the prerelease');
  }
  const parsed = parse(version);
  if (parsed !== null && parsed.build.length > 0) {
    return refused(text, 'no build metadata', 'move what follows "+" to "build"');
  }
  if (parsed === null || parsed.version !== version) {
    return refused(
      text,
      'semantic versioning: "1.2", "1.2.3" or "1.2.3-rc.1"',
      'correct the version, or give "bump" instead of it',
    );
  }
  // An all-digit identifier that stays text is 2^53 - 1 or more: nobody could order it exactly.
  const huge = parsed.prerelease.some((part) => typeof part === 'string' && /^\d+$/.test(part));
  if (huge || Math.max(parsed.major, parsed.minor, parsed.patch) > LARGEST_PART) {
    return refused(
      text,
      `numbers of at most ${LARGEST_PART}, in a prerelease below 2^53 - 1`,
      'choose a smaller number',
    );
  }
  return { ok: true, version };
}

/** The version after `parent`; a model's first is 1.0.0 whatever the bump. */
export function nextVersion(parent: string | undefined, bump: Bump): string {
  if (parent === undefined) return '1.0.0';
  const next = inc(parent, bump);
  if (next === null) throw new RangeError(`not a version: "${parent}"`);
  return next;
}

/**
 * Text whose byte order is semver's precedence: `000002.000001.000003~` for a final, which sorts
 * after its prereleases `000002.000001.000003-rc+!0000000000000001`. Identifiers are joined by
 * `+`, below every character of one; numeric ones start with `!`, below the alphanumeric.
 * @throws RangeError when `normaliseVersion` would not have returned the version.
 */
export function sortKey(version: string): string {
  const parsed = parse(version);
  if (parsed === null || parsed.version !== version) {
    throw new RangeError(`not a normalised version: "${version}"`);
  }
  const parts = [parsed.major, parsed.minor, parsed.patch];
  const numbers = parts.map((part) => String(part).padStart(6, '0')).join('.');
  if (parsed.prerelease.length === 0) return `${numbers}~`;
  return `${numbers}-${parsed.prerelease.map(sortableIdentifier).join('+')}`;
}

/** Semver compares numbers below 2^53 - 1, which has 16 digits. */
const sortableIdentifier = (identifier: string | number): string =>
  typeof identifier === 'number' ? `!${String(identifier).padStart(16, '0')}` : identifier;

const refused = (got: string, expected: string, remedy: string): VersionResult => ({
  ok: false,
  problem: { field: 'version', got: JSON.stringify(got.slice(0, 80)), expected, remedy },
});
