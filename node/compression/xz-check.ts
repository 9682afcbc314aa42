import { createHash } from 'node:crypto';
import { Crc32 } from '#domain/gates/scan/crc32.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import { Crc64 } from './crc64.ts';

/** The checksum of a block of XZ. */
interface Check {
  /** Bytes that it takes. */
  readonly size: number;
  readonly update: (bytes: Uint8Array) => void;
  readonly digest: () => Uint8Array;
}

/** By the number of the check in the stream's flags. @throws FormatError for one that is not known. */
export function xzCheck(kind: number): Check {
  switch (kind) {
    case 0:
      return { size: 0, update: () => undefined, digest: () => new Uint8Array(0) };
    case 1: {
      const crc = new Crc32();
      return { size: 4, update: (bytes) => crc.update(bytes), digest: () => uint32(crc.value) };
    }
    case 4: {
      const crc = new Crc64();
      return { size: 8, update: (bytes) => crc.update(bytes), digest: () => crc.digest() };
    }
    case 10: {
      const hash = createHash('sha256');
      return { size: 32, update: (bytes) => hash.update(bytes), digest: () => hash.digest() };
    }
    default:
      throw new FormatError(
        'xz.check',
        'inconclusive',
        `uses check ${kind} of XZ, which is not compared here; compress the file again with CRC64`,
      );
  }
}

function uint32(value: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, value, true);
  return new Uint8Array(bytes.buffer);
}
