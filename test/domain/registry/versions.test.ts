import fc from 'fast-check';
import compare from 'semver/functions/compare.js';
import { describe, expect, it, test } from 'vitest';
import { nextVersion, normaliseVersion, sortKey } from '#domain/registry/versions.ts';

describe('normaliseVersion', () => {
  it.each([
    ['1.2.3', '1.2.3'],
    ['1.2', '1.2.0'],
    ['0.0', '0.0.0'],
    ['1.2.3-rc.1', '1.2.3-rc.1'],
    ['999999.999999.999999', '999999.999999.999999'],
    [`1.0.0-${'a'.repeat(58)}`, `1.0.0-${'a'.repeat(58)}`],
    ['1.0.0-9007199254740990', '1.0.0-9007199254740990'],
  ])('reads %s as %s', (text, version) => {
    expect(normaliseVersion(text)).toEqual({ ok: true, version });
  });

  it.each([
    ['1', 'semantic versioning'],
    ['v1.2.3', 'semantic versioning'],
    [' 1.2.3', 'semantic versioning'],
    ['01.2.3', 'semantic versioning'],
    ['01.2', 'semantic versioning'],
    ['1.2-rc.1', 'semantic versioning'],
    ['1.2.3-rc.01', 'semantic versioning'],
    ['latest', 'semantic versioning'],
    ['', 'semantic versioning'],
    ['1.2.3+build.5', 'no build metadata'],
    ['1000000.0.0', 'at most 999999'],
    ['1.0.1000000', 'at most 999999'],
    ['1.0.0-9007199254740991', '2^53 - 1'],
    [`1.0.0-${'a'.repeat(59)}`, 'at most 64 characters'],
  ])('refuses "%s": expected %s', (text, expected) => {
    const result = normaliseVersion(text);
    expect(result).toMatchObject({
      ok: false,
      problem: { field: 'version', got: JSON.stringify(text) },
    });
    expect(result.ok ? '' : result.problem.expected).toContain(expected);
  });
});

describe('nextVersion', () => {
  it.each([
    [undefined, 'patch', '1.0.0'],
    ['1.2.3', 'patch', '1.2.4'],
    ['1.2.3', 'minor', '1.3.0'],
    ['1.2.3', 'major', '2.0.0'],
    ['0.2.3', 'major', '1.0.0'],
    ['2.0.0-rc.1', 'major', '2.0.0'],
    ['1.5.0-rc.1', 'major', '2.0.0'],
  ] as const)('after %s by %s is %s', (parent, bump, next) => {
    expect(nextVersion(parent, bump)).toBe(next);
  });
});

describe('sortKey', () => {
  it('pads the numbers and ends a final with a tilde', () => {
    expect(sortKey('2.1.3')).toBe('000002.000001.000003~');
  });

  it('refuses what is not normalised', () => {
    expect(() => sortKey('1.2')).toThrow('not a normalised version: "1.2"');
    expect(() => sortKey('v1.2.3')).toThrow(RangeError);
  });

  it('stays under the 1,024 bytes of a sort key', () => {
    const longest = `1.0.0-${Array<string>(29).fill('1').join('.')}`;
    expect(normaliseVersion(longest).ok).toBe(true);
    expect(sortKey(longest).length).toBeLessThan(1000);
  });
});

const part = fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 999_999 }));
const identifier = fc.oneof(
  fc.constantFrom('alpha', 'beta', 'rc', 'rc-', 'rc1', 'RC', 'a', 'a-b', '-', '0a', '1a', 'x-y'),
  fc.nat({ max: 12 }).map(String),
  fc.maxSafeNat().map(String),
  fc.stringMatching(/^[0-9A-Za-z-]{1,5}$/).filter((text) => !/^\d+$/.test(text)),
);
const version = fc
  .tuple(part, part, part, fc.array(identifier, { maxLength: 3 }))
  .map(([major, minor, patch, prerelease]) => {
    const numbers = `${major}.${minor}.${patch}`;
    return prerelease.length > 0 ? `${numbers}-${prerelease.join('.')}` : numbers;
  })
  .filter((text) => normaliseVersion(text).ok);
const sameNumbers = fc
  .tuple(version, version)
  .map(([a, b]): [string, string] => [a, b.replace(/^[^-]*/, a.replace(/-.*$/, ''))]);

test("sort keys are in the order of semver's precedence", () => {
  fc.assert(
    fc.property(fc.oneof(fc.tuple(version, version), sameNumbers), ([a, b]) => {
      const [keyA, keyB] = [sortKey(a), sortKey(b)];
      expect(Math.sign(Number(keyA > keyB) - Number(keyA < keyB))).toBe(compare(a, b));
    }),
    { numRuns: 5_000 },
  );
});
