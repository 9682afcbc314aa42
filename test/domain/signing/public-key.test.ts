import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '#domain/registry/digest.ts';
import { parsePublicKey, publicKeyOf, verifies } from '#domain/signing/public-key.ts';
import { P256Key } from '../../support/p256-key.ts';

describe('parsePublicKey', () => {
  it('keeps the PEM that Node and OpenSSL write, and hashes it for the hint', () => {
    const { pem } = new P256Key();
    const key = parsePublicKey(pem);
    expect(key.pem).toBe(pem);
    expect(key.hint).toBe(createHash('sha256').update(pem).digest('hex'));
  });

  it('reads the same key from lines that end with CR LF, and from one long line', () => {
    const { pem } = new P256Key();
    const [head, first, second, tail] = pem.split('\n');
    expect(parsePublicKey(pem.replaceAll('\n', '\r\n')).pem).toBe(pem);
    expect(parsePublicKey([head, `${first}${second}`, tail].join('\n')).pem).toBe(pem);
  });

  it('names what it got when that is no PEM', () => {
    expect(() => parsePublicKey('ssh-ed25519 AAAA')).toThrow(
      "got text that starts 'ssh-ed25519 AAAA', expected PEM",
    );
    expect(() => parsePublicKey('')).toThrow('not a public key');
  });

  it('does not take a private key for a public one', () => {
    const pem = new P256Key().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => parsePublicKey(pem)).toThrow('not a public key');
  });

  it.each([
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' })],
    ['Ed25519', generateKeyPairSync('ed25519')],
  ])('refuses a %s key', (_, { publicKey }) => {
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(() => parsePublicKey(pem)).toThrow('expected the SubjectPublicKeyInfo of a prime256v1');
  });

  it('refuses a point off the curve, a cut key and a longer one', () => {
    const { spki } = new P256Key();
    const off = Uint8Array.from(spki);
    off.set([(off.at(-1) ?? 0) ^ 1], off.length - 1);
    expect(() => publicKeyOf(off)).toThrow(RangeError);
    expect(() => publicKeyOf(spki.subarray(0, -1))).toThrow(RangeError);
    expect(() => publicKeyOf(Buffer.concat([spki, Buffer.of(0)]))).toThrow(RangeError);
  });
});

describe('verifies', () => {
  const message = fc.uint8Array({ maxLength: 200 });

  it('accepts what Node signs, with any key', () => {
    fc.assert(
      fc.property(message, (bytes) => {
        const key = new P256Key();
        return verifies(parsePublicKey(key.pem), sha256Hex(bytes), key.signMessage(bytes));
      }),
      { numRuns: 50 },
    );
  });

  it('says of a signature with one flipped bit what Node says', () => {
    const key = new P256Key();
    const publicKey = parsePublicKey(key.pem);
    fc.assert(
      fc.property(message, fc.nat(), fc.nat(7), (bytes, at, bit) => {
        const signature = key.signMessage(bytes);
        signature.writeUInt8(
          signature.readUInt8(at % signature.length) ^ (1 << bit),
          at % signature.length,
        );
        const node = verify('sha256', bytes, key.pem, signature);
        return verifies(publicKey, sha256Hex(bytes), signature) === node;
      }),
    );
  });

  it('refuses another message, and another key', () => {
    const key = new P256Key();
    const signature = key.signMessage(Buffer.from('one'));
    const digest = sha256Hex(Buffer.from('one'));
    expect(verifies(parsePublicKey(key.pem), sha256Hex(Buffer.from('two')), signature)).toBe(false);
    expect(verifies(parsePublicKey(new P256Key().pem), digest, signature)).toBe(false);
  });

  it('accepts s and n - s alike, since KMS returns either', () => {
    const key = new P256Key();
    const bytes = Buffer.from('one');
    const { r, s } = p256.Signature.fromBytes(key.signMessage(bytes), 'der');
    const other = new p256.Signature(r, p256.Point.Fn.neg(s)).toBytes('der');
    expect(verifies(parsePublicKey(key.pem), sha256Hex(bytes), other)).toBe(true);
    expect(verify('sha256', bytes, key.pem, other)).toBe(true);
  });

  it('refuses what is no DER', () => {
    const key = new P256Key();
    const publicKey = parsePublicKey(key.pem);
    const bytes = Buffer.from('one');
    const digest = sha256Hex(bytes);
    const signature = key.signMessage(bytes);
    const raw = p256.Signature.fromBytes(signature, 'der').toBytes('compact');
    for (const odd of [new Uint8Array(), raw, Buffer.concat([signature, Buffer.of(0)])]) {
      expect(verifies(publicKey, digest, odd)).toBe(false);
    }
  });
});
