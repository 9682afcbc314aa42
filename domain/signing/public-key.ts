import { p256 } from '@noble/curves/nist.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { type Digest, sha256Hex } from '#domain/registry/digest.ts';
import { fromBase64, toBase64, toUtf8 } from './encoding.ts';

/** An ECDSA P-256 public key, checked to be a point of the curve. */
export interface PublicKey {
  /** SubjectPublicKeyInfo: base64 in 64 columns, LF, trailing LF. */
  readonly pem: string;
  /** SHA-256 of `pem`: how an OMS bundle names its key. */
  readonly hint: Digest;
  /** SEC 1, uncompressed, 65 bytes. */
  readonly point: Uint8Array;
}

/** DER of everything before the point: id-ecPublicKey, prime256v1, BIT STRING (RFC 5480). */
const SPKI_HEAD = hexToBytes('3059301306072a8648ce3d020106082a8648ce3d030107034200');
const PEM = /^-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/;

/** @throws RangeError when the DER is not a P-256 SubjectPublicKeyInfo. */
export function publicKeyOf(spki: Uint8Array): PublicKey {
  const point = spki.slice(SPKI_HEAD.length);
  if (bytesToHex(concatBytes(SPKI_HEAD, point)) !== bytesToHex(spki) || !onCurve(point)) {
    throw new RangeError(
      `got a public key of ${spki.length} bytes that is not ECDSA P-256; expected the SubjectPublicKeyInfo of a prime256v1 key`,
    );
  }
  const lines = toBase64(spki).match(/.{1,64}/g) ?? [];
  const pem = ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n');
  return { pem, hint: sha256Hex(toUtf8(pem)), point };
}

/** @throws RangeError when the text is not the PEM of a P-256 public key. */
export function parsePublicKey(pem: string): PublicKey {
  const spki = fromBase64(PEM.exec(pem)?.[1]?.replace(/\s/g, '') ?? '');
  if (!spki || spki.length === 0) {
    throw new RangeError(
      `not a public key: got text that starts '${pem.slice(0, 30).trim()}', expected PEM that starts '-----BEGIN PUBLIC KEY-----'`,
    );
  }
  return publicKeyOf(spki);
}

/** Whether `signature` (DER) is the key's ECDSA signature of a message with this SHA-256. */
export const verifies = (key: PublicKey, digest: Digest, signature: Uint8Array): boolean =>
  // KMS leaves s as it comes, so half of its signatures have a high s.
  p256.verify(signature, hexToBytes(digest), key.point, {
    format: 'der',
    lowS: false,
    prehash: false,
  });

const onCurve = (point: Uint8Array): boolean =>
  point.length === 65 && p256.utils.isValidPublicKey(point, false);
