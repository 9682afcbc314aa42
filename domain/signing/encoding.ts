import { base64Decode, base64Encode, getTextEncoding } from '@bufbuild/protobuf/wire';

const CANONICAL = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** RFC 4648 section 4, padded. */
export const toBase64 = (bytes: Uint8Array): string => base64Encode(bytes);

/** The bytes, or undefined unless `text` is the one padded encoding of them. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (!CANONICAL.test(text)) return undefined;
  const bytes = base64Decode(text);
  // Bits left over in the last digit would let two texts stand for the same bytes.
  return base64Encode(bytes) === text ? bytes : undefined;
}

export const toUtf8 = (text: string): Uint8Array => getTextEncoding().encodeUtf8(text);

/** The text, or undefined when the bytes are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return getTextEncoding().decodeUtf8(bytes, true);
  } catch {
    return undefined;
  }
}
