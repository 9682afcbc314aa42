import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** A SHA-256, as 64 lowercase hex digits. */
export type Digest = string & { readonly __brand: 'Digest' };

/** @throws RangeError naming the text, when it is not 64 lowercase hex digits. */
export function parseDigest(text: string): Digest {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new RangeError(`not a SHA-256 digest: '${text}'`);
  return text as Digest;
}

/** SHA-256 of bytes that are already in memory; files are hashed as streams, by the shell. */
export const sha256Hex = (bytes: Uint8Array): Digest => bytesToHex(sha256(bytes)) as Digest;

/** Enough of a digest to tell the versions of one model apart. */
export const digestStart = (digest: Digest): string => digest.slice(0, 16);
