import { fromUtf8 } from '#domain/signing/encoding.ts';

export const BLOCK = 512;

/** One header block (POSIX.1-1988 ustar, with GNU's additions). */
export interface TarHeader {
  readonly name: string;
  /** Bytes of content that follow. */
  readonly size: number;
  readonly type: string;
  readonly link: string;
}

/** Whether a block's checksum is its own, which no other format's first 512 bytes manage by chance. */
export function isHeader(block: Uint8Array): boolean {
  if (block.length < BLOCK) return false;
  const promised = octal(block.subarray(148, 156));
  if (promised === undefined || promised === 0) return false;
  let sum = 8 * 0x20;
  for (const [index, byte] of block.entries()) if (index < 148 || index >= 156) sum += byte;
  return sum === promised;
}

export function headerOf(block: Uint8Array): TarHeader | undefined {
  const size = numberOf(block.subarray(124, 136));
  const name = textOf(block.subarray(0, 100));
  // Only POSIX's own magic has a prefix there; GNU's has times.
  const posix = textOf(block.subarray(257, 263)) === 'ustar' && block[262] === 0;
  const prefix = posix ? textOf(block.subarray(345, 500)) : '';
  const link = textOf(block.subarray(157, 257));
  if (size === undefined || name === undefined || prefix === undefined || link === undefined) {
    return undefined;
  }
  const type = String.fromCharCode(block[156] ?? 0);
  return { name: prefix === '' ? name : `${prefix}/${name}`, size, type, link };
}

export const isZero = (block: Uint8Array): boolean => block.every((byte) => byte === 0);

/** Octal digits, or GNU's big-endian form for sizes of 8 GiB and more. */
function numberOf(field: Uint8Array): number | undefined {
  if (field[0] !== 0x80) return octal(field);
  const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
  return Number.isSafeInteger(value) ? value : undefined;
}

function octal(field: Uint8Array): number | undefined {
  const text = textOf(field)?.trim();
  if (text === undefined || !/^[0-7]*$/.test(text)) return undefined;
  return Number.parseInt(text || '0', 8);
}

/** Up to the first NUL. */
export function textOf(field: Uint8Array): string | undefined {
  const end = field.indexOf(0);
  return fromUtf8(end < 0 ? field : field.subarray(0, end));
}
