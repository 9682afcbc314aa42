import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDigest, sha256Hex } from '#domain/registry/digest.ts';

describe('parseDigest', () => {
  it('takes 64 lowercase hex digits', () => {
    expect(parseDigest('0a'.repeat(32))).toBe('0a'.repeat(32));
  });

  it.each(['', 'ab', '0A'.repeat(32), `${'0a'.repeat(32)}\n`, `${'0a'.repeat(32)}0`])(
    'refuses %j and names it',
    (text) => {
      expect(() => parseDigest(text)).toThrow(`not a SHA-256 digest: '${text}'`);
    },
  );
});

it('hashes as Node does', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      (bytes) => sha256Hex(bytes) === createHash('sha256').update(bytes).digest('hex'),
    ),
  );
});
