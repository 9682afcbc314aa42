import type { ByteSource } from '#domain/gates/scan/byte-source.ts';
import { LittleEndian } from '#domain/gates/scan/little-endian.ts';
import type { Entry } from './directory.ts';
import { extrasOf, ZIP64_EXTRA } from './extra.ts';

const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const DESCRIPTOR = 0x08074b50;
export const HAS_DESCRIPTOR = 0x0008;

/** Where an entry's packed bytes lie, and everything in which its two headers differ. */
export interface LocalEntry {
  readonly data: number;
  readonly disagreements: readonly string[];
}

/** Undefined when there is no local header where the directory puts it. */
export async function readLocal(
  source: ByteSource,
  entry: Entry,
  end: number,
): Promise<LocalEntry | undefined> {
  const { local, nameBytes } = entry;
  if (local + LOCAL_BYTES + nameBytes.length > end) return undefined;
  const fixed = await source.read(local, LOCAL_BYTES);
  const view = new LittleEndian(fixed);
  if (view.u32(0) !== LOCAL) return undefined;
  const nameLength = view.u16(26);
  const extraLength = view.u16(28);
  const data = local + LOCAL_BYTES + nameLength + extraLength;
  if (data + entry.packed > end) return undefined;
  const variable = await source.read(local + LOCAL_BYTES, nameLength + extraLength);
  const extras = extrasOf(variable.subarray(nameLength), local + LOCAL_BYTES + nameLength);
  const zip64 = extras.find(({ id }) => id === ZIP64_EXTRA);
  const long = zip64 && zip64.data.length >= 16 ? new LittleEndian(zip64.data) : undefined;
  const size = (short: number, at: number): number =>
    short === 0xffffffff && long !== undefined ? long.u64(at) : short;
  const unpacked = size(view.u32(22), 0);
  const packed = size(view.u32(18), 8);
  // Sizes that follow the data may be zero before it.
  const later = (entry.flags & HAS_DESCRIPTOR) !== 0;
  const same = (here: number, there: number): boolean => here === there || (later && here === 0);
  const disagreements = [
    ...(sameBytes(variable.subarray(0, nameLength), nameBytes) ? [] : ['name']),
    ...(view.u16(6) === entry.flags ? [] : ['flags']),
    ...(view.u16(8) === entry.method ? [] : ['method']),
    ...(same(view.u32(14), entry.crc) ? [] : ['CRC']),
    ...(same(packed, entry.packed) ? [] : ['packed size']),
    ...(same(unpacked, entry.unpacked) ? [] : ['size']),
  ];
  return { data, disagreements };
}

/**
 * Whether the `room` bytes after an entry's data are exactly its descriptor: CRC and both sizes,
 * of 4 or 8 bytes each, with or without a signature before them.
 */
export async function descriptorFits(
  source: ByteSource,
  entry: Entry,
  at: number,
  room: number,
): Promise<boolean> {
  if (![12, 16, 20, 24].includes(room)) return false;
  const view = new LittleEndian(await source.read(at, room));
  const signed = room === 16 || room === 24;
  const from = signed ? 4 : 0;
  if (signed && view.u32(0) !== DESCRIPTOR) return false;
  const wide = room >= 20;
  const packed = wide ? view.u64(from + 4) : view.u32(from + 4);
  const unpacked = wide ? view.u64(from + 12) : view.u32(from + 8);
  return view.u32(from) === entry.crc && packed === entry.packed && unpacked === entry.unpacked;
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);
