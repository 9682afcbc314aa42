import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, fromUtf8, toBase64 } from '#domain/signing/encoding.ts';

const someBytes = fc.uint8Array({ maxLength: 100 });

describe('base64', () => {
  it('is what Node makes of the same bytes', () => {
    fc.assert(
      fc.property(someBytes, (bytes) => toBase64(bytes) === Buffer.from(bytes).toString('base64')),
    );
  });

  it('returns the bytes that went in', () => {
    fc.assert(
      fc.property(someBytes, (bytes) => {
        expect(fromBase64(toBase64(bytes))).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it.each(['YQ', 'YQ=', 'YR==', 'YWJ=', 'YQ==\n', ' YQ==', 'Y-_=', 'YQ==YQ==', '====', 'Y'])(
    'refuses %j, which is not the one padded encoding of its bytes',
    (text) => {
      expect(fromBase64(text)).toBeUndefined();
    },
  );
});

describe('fromUtf8', () => {
  it('refuses bytes that are not UTF-8, and keeps a byte-order mark', () => {
    expect(fromUtf8(Uint8Array.of(0x61, 0xff))).toBeUndefined();
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
  });
});
