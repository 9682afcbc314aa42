import { type ByteSource, headOf } from './byte-source.ts';
import type { Codec } from './decompressors.ts';
import { FormatError } from './format-error.ts';
import { LittleEndian } from './little-endian.ts';
import { isHeader } from './tar/header.ts';
import { findEnd } from './zip/end-record.ts';

/** Formats that their first bytes name beyond doubt. */
export type Signed =
  | { readonly is: 'zip' | 'tar' | 'npy' | 'pickle' | 'gguf' | 'hdf5' | 'parquet' }
  | { readonly is: 'packed'; readonly codec: Codec }
  /** Known, and not to be judged here: `program` runs by itself. */
  | { readonly is: 'program' | 'unread'; readonly name: string };

/** HDF5 may start after a user block, whose size is 512 bytes or a power of two above. */
export const HEAD_BYTES = 4096 + 8;

const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Magic numbers at byte 0. */
const MAGICS: readonly (readonly [readonly number[], Signed])[] = [
  [[0x50, 0x4b, 0x03, 0x04], { is: 'zip' }],
  [[0x50, 0x4b, 0x05, 0x06], { is: 'zip' }],
  [[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], { is: 'npy' }],
  [[0x47, 0x47, 0x55, 0x46], { is: 'gguf' }],
  [HDF5, { is: 'hdf5' }],
  [[0x1f, 0x8b], { is: 'packed', codec: 'gzip' }],
  [[0x42, 0x5a, 0x68], { is: 'packed', codec: 'bz2' }],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], { is: 'packed', codec: 'xz' }],
  [[0x04, 0x22, 0x4d, 0x18], { is: 'packed', codec: 'lz4' }],
  [[0x28, 0xb5, 0x2f, 0xfd], { is: 'packed', codec: 'zstd' }],
  [[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], { is: 'unread', name: '7z archive' }],
  [[0x52, 0x61, 0x72, 0x21, 0x1a, 0x07], { is: 'unread', name: 'RAR archive' }],
  [[0x4d, 0x53, 0x43, 0x46], { is: 'unread', name: 'cabinet archive' }],
  [[0x50, 0x41, 0x52, 0x31], { is: 'parquet' }],
  [[0x41, 0x52, 0x52, 0x4f, 0x57, 0x31], { is: 'unread', name: 'Arrow table' }],
  [[0x89, 0x50, 0x4e, 0x47], { is: 'unread', name: 'PNG image' }],
  [[0xff, 0xd8, 0xff], { is: 'unread', name: 'JPEG image' }],
  [[0x25, 0x50, 0x44, 0x46, 0x2d], { is: 'unread', name: 'PDF document' }],
  [[0x7f, 0x45, 0x4c, 0x46], { is: 'program', name: 'ELF program or library' }],
  [[0x4d, 0x5a, 0x90, 0x00], { is: 'program', name: 'Windows program or library' }],
  [[0xcf, 0xfa, 0xed, 0xfe], { is: 'program', name: 'macOS program or library' }],
  [[0xce, 0xfa, 0xed, 0xfe], { is: 'program', name: 'macOS program or library' }],
  [[0xca, 0xfe, 0xba, 0xbe], { is: 'program', name: 'Java class or macOS library' }],
  [[0x00, 0x61, 0x73, 0x6d], { is: 'program', name: 'WebAssembly module' }],
  [[0x23, 0x21, 0x2f], { is: 'program', name: 'script' }],
  [[0x23, 0x21, 0x20, 0x2f], { is: 'program', name: 'script' }],
];

/** Identifiers at byte 4, as FlatBuffers writes them. */
const FLATBUFFERS: ReadonlyMap<string, string> = new Map([
  ['ORTM', 'ONNX Runtime model (ORT format)'],
  ['TFL3', 'TensorFlow Lite model'],
]);

const TAR_HEADER_BYTES = 512;
const HIGHEST_PICKLE_PROTOCOL = 5;

/**
 * Every format whose signature the file carries. A file is one thing: two are a finding, since
 * each loader would take the one it looks for.
 */
export async function signaturesOf(source: ByteSource): Promise<Signed[]> {
  const head = await headOf(source, HEAD_BYTES);
  const found: Signed[] = [];
  const atStart = magicOf(head);
  if (atStart !== undefined) found.push(atStart);
  if (head.length >= TAR_HEADER_BYTES && isHeader(head.subarray(0, TAR_HEADER_BYTES))) {
    found.push({ is: 'tar' });
  }
  if (atStart?.is !== 'hdf5' && [512, 1024, 2048, 4096].some((at) => startsWith(head, HDF5, at))) {
    found.push({ is: 'hdf5' });
  }
  if (atStart?.is !== 'zip' && (await hasZipEnd(source))) found.push({ is: 'zip' });
  return found;
}

function magicOf(head: Uint8Array): Signed | undefined {
  const magic = MAGICS.find(([bytes]) => startsWith(head, bytes, 0))?.[1];
  if (magic !== undefined) return magic;
  const [first = 0, second = 0] = head;
  if (first === 0x80 && second >= 1 && second <= HIGHEST_PICKLE_PROTOCOL) return { is: 'pickle' };
  // RFC 1950: deflate with a window of 32 KiB, and a header that is a multiple of 31.
  if (first === 0x78 && (first * 256 + second) % 31 === 0 && (second & 0x20) === 0) {
    return { is: 'packed', codec: 'zlib' };
  }
  if (isLzma(head)) return { is: 'packed', codec: 'lzma' };
  const name = FLATBUFFERS.get(String.fromCharCode(...head.subarray(4, 8)));
  if (name !== undefined) return { is: 'unread', name };
  // Python's compiled code: a version, then CR LF.
  if (
    head.length >= 16 &&
    head[2] === 0x0d &&
    head[3] === 0x0a &&
    second >= 0x0a &&
    second <= 0x0f
  ) {
    return { is: 'program', name: 'compiled Python code' };
  }
  return undefined;
}

/**
 * An `.lzma` file has no signature. joblib takes these two bytes for one; behind 13 bytes of
 * properties and size, what is coded begins with a zero.
 */
const isLzma = (head: Uint8Array): boolean =>
  head.length >= 18 && head[0] === 0x5d && head[1] === 0 && head[13] === 0;

/** A ZIP is read from its end, so that one can hide behind anything. */
async function hasZipEnd(source: ByteSource): Promise<boolean> {
  try {
    const at = await findEnd(source);
    if (at === undefined) return false;
    const size = new LittleEndian(await source.read(at, 22)).u32(12);
    if (size < 46 || size > at) return false;
    return new LittleEndian(await source.read(at - size, 4)).u32(0) === 0x02014b50;
  } catch (error) {
    if (error instanceof FormatError) return true;
    throw error;
  }
}

const startsWith = (head: Uint8Array, magic: readonly number[], at: number): boolean =>
  at + magic.length <= head.length && magic.every((byte, index) => head[at + index] === byte);

export const nameOf = (signed: Signed): string => {
  switch (signed.is) {
    case 'packed':
      return `${signed.codec} file`;
    case 'program':
    case 'unread':
      return signed.name;
    default:
      return NAMES[signed.is];
  }
};

const NAMES = {
  zip: 'ZIP archive',
  tar: 'TAR archive',
  npy: 'NumPy array',
  pickle: 'pickle',
  gguf: 'GGUF model',
  hdf5: 'HDF5 file',
  parquet: 'Parquet table',
} as const;
