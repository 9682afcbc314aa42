import { utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';
import { type Digest, sha256Hex } from './digest.ts';

/** RFC 8785 bytes of a JSON value; what is not JSON (`undefined` as the whole value) is refused. */
export function canonicalBytes(value: unknown): Uint8Array {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError(`cannot canonicalise ${typeof value}`);
  return utf8ToBytes(text);
}

/** SHA-256 of a value's RFC 8785 form: equal values hash alike wherever they were written. */
export const hashOf = (value: unknown): Digest => sha256Hex(canonicalBytes(value));
