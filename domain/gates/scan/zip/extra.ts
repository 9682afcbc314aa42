import { FormatError } from '#domain/gates/scan/format-error.ts';
import { LittleEndian } from '#domain/gates/scan/little-endian.ts';

export const ZIP64_EXTRA = 0x0001;
/** Info-ZIP's second name (APPNOTE.TXT 4.6.9), which some programs prefer to the first. */
export const UNICODE_PATH_EXTRA = 0x7075;

/** One extra field of an entry. */
export interface Extra {
  readonly id: number;
  readonly data: Uint8Array;
}

/** @throws FormatError `zip.extra` when the fields do not fill `bytes` exactly. */
export function extrasOf(bytes: Uint8Array, at: number): Extra[] {
  const view = new LittleEndian(bytes);
  const extras: Extra[] = [];
  let from = 0;
  while (from + 4 <= bytes.length) {
    const end = from + 4 + view.u16(from + 2);
    if (end > bytes.length) break;
    extras.push({ id: view.u16(from), data: bytes.subarray(from + 4, end) });
    from = end;
  }
  // Aligners (zipalign) leave up to three bytes of zeros.
  const rest = bytes.subarray(from);
  if (rest.length > 3 || rest.some((byte) => byte !== 0)) {
    throw new FormatError(
      'zip.extra',
      'fail',
      'has extra fields that run past their end; pack the archive again',
      at + from,
    );
  }
  return extras;
}
