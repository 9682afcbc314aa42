import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, hashOf } from '#domain/registry/canonical.ts';

const text = (value: unknown) => new TextDecoder().decode(canonicalBytes(value));

describe('canonicalBytes', () => {
  it("writes RFC 8785's own example as the RFC does (3.2.2)", () => {
    const example = JSON.parse(
      String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    );
    expect(text(example)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it('sorts names by UTF-16 units, as the RFC does (3.2.3)', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const sorted = JSON.parse(text(Object.fromEntries(names.map((name) => [name, 0]))));
    expect(Object.keys(sorted).filter((name) => name !== '1')).toEqual([
      '\r',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\u{1f600}',
      '\ufb33',
    ]);
    expect(text({ '\r': 0, 1: 0 })).toBe(String.raw`{"\r":0,"1":0}`);
  });

  it('refuses what is not JSON', () => {
    expect(() => canonicalBytes(undefined)).toThrow('cannot canonicalise undefined');
    expect(() => canonicalBytes(Number.NaN)).toThrow();
    expect(() => canonicalBytes('\ud800')).toThrow();
  });
});

describe('hashOf', () => {
  it('is the SHA-256 of the canonical bytes', () => {
    const bytes = '{"a":1,"b":[true]}';
    expect(hashOf({ b: [true], a: 1 })).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('is the same for equal values, whatever the order of their names', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.integer()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        return hashOf(value) === hashOf(turned);
      }),
    );
  });
});
