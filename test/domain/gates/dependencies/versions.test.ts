import { describe, expect, it } from 'vitest';
import {
  BEFORE_ALL,
  compareKeys,
  orderKey,
  parseVersion,
  publicVersion,
} from '#domain/gates/dependencies/versions.ts';
import { truth } from './fixture.ts';

describe('PEP 440 versions', () => {
  const keys = (texts: readonly string[]) => texts.map((text) => orderKey(text) ?? []);

  it('are ordered as packaging orders them', () => {
    const groups = truth.versions.ordered
      .filter(([text]) => !text?.includes('+'))
      .map((group) => keys(group));
    for (const [index, group] of groups.entries()) {
      for (const key of group) {
        expect(key.length).toBeGreaterThan(5);
        expect(compareKeys(key, group[0] ?? [])).toBe(0);
        for (const later of groups.slice(index + 1)) {
          expect(compareKeys(key, later[0] ?? [])).toBeLessThan(0);
          expect(compareKeys(later[0] ?? [], key)).toBeGreaterThan(0);
        }
      }
    }
    expect(groups.length).toBeGreaterThan(200);
  });

  it('stand where their release stands when they have a local part', () => {
    const local = truth.versions.ordered.flat().filter((text) => text.includes('+'));
    expect(local.length).toBeGreaterThan(50);
    for (const text of local) expect(orderKey(text)).toEqual(orderKey(publicVersion(text)));
  });

  it('come after the beginning of time, also those of development', () => {
    expect(compareKeys(orderKey('0.dev0') ?? [], BEFORE_ALL)).toBeGreaterThan(0);
    expect(orderKey('latest')).toBeUndefined();
  });

  it('are refused where packaging refuses them', () => {
    for (const text of truth.versions.invalid) expect(parseVersion(text), text).toBeUndefined();
  });

  it('are refused when a number does not fit a double, which would make two of them equal', () => {
    expect(parseVersion('9007199254740993')).toBeUndefined();
    expect(parseVersion('1'.repeat(15))).toBe('1'.repeat(15));
    expect(parseVersion(`1${'.0'.repeat(60)}`)).toBeUndefined();
  });

  it('lose only their local part when made public', () => {
    expect(publicVersion('2.3.1+cu121')).toBe('2.3.1');
    expect(publicVersion('1!2.0rc1.post2.dev3')).toBe('1!2.0rc1.post2.dev3');
  });
});
