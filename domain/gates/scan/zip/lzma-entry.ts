import type { ByteSource } from '#domain/gates/scan/byte-source.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';

const HEADER_BYTES = 9;
const PROPERTIES_BYTES = 5;
/** The properties and the size, as an `.lzma` file begins. */
const FILE_HEADER_BYTES = 13;

/** An entry of method 14 (APPNOTE 5.8.8) as the `.lzma` file that it is but for its header. */
export async function lzmaFile(packed: ByteSource, unpacked: number): Promise<ByteSource> {
  const header = await packed.read(0, HEADER_BYTES);
  if (header.length < HEADER_BYTES || header[2] !== PROPERTIES_BYTES || header[3] !== 0) {
    throw new FormatError(
      'lzma.malformed',
      'fail',
      `has no ${PROPERTIES_BYTES} bytes of LZMA properties; pack the archive again`,
    );
  }
  const front = new Uint8Array(FILE_HEADER_BYTES);
  front.set(header.subarray(4));
  new DataView(front.buffer).setBigUint64(PROPERTIES_BYTES, BigInt(unpacked), true);
  const moved = FILE_HEADER_BYTES - HEADER_BYTES;
  return {
    size: packed.size + moved,
    read: async (offset, length) => {
      const own = front.subarray(offset, offset + length);
      if (own.length === length) return own;
      const rest = await packed.read(offset + own.length - moved, length - own.length);
      const bytes = new Uint8Array(own.length + rest.length);
      bytes.set(own);
      bytes.set(rest, own.length);
      return bytes;
    },
  };
}
