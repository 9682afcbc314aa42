import type { ByteSource } from '#domain/gates/scan/byte-source.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import { LittleEndian } from '#domain/gates/scan/little-endian.ts';
import { fromUtf8 } from '#domain/signing/encoding.ts';
import type { EndRecord } from './end-record.ts';
import { type Extra, extrasOf, ZIP64_EXTRA } from './extra.ts';

const CENTRAL = 0x02014b50;
const CENTRAL_BYTES = 46;
/** A directory of 100,000 entries with paths of 200 characters takes 25 MB. */
const MOST_DIRECTORY_BYTES = 64 * 1024 * 1024;
const UTF8_NAMES = 0x0800;

/** One entry as the central directory describes it. */
export interface Entry {
  /** Offset of this description. */
  readonly at: number;
  readonly name: string;
  readonly nameBytes: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly unpacked: number;
  /** Offset of the local header. */
  readonly local: number;
  /** Upper half: Unix mode, where the packer wrote one. */
  readonly attributes: number;
  readonly extras: readonly Extra[];
}

/** @throws FormatError when the directory is not exactly the entries that the end record counts. */
export async function readDirectory(
  source: ByteSource,
  { entries, start, size }: EndRecord,
  mostEntries: number,
): Promise<Entry[]> {
  if (entries > mostEntries || size > MOST_DIRECTORY_BYTES) {
    throw new FormatError(
      'archive.limit',
      'inconclusive',
      `has ${entries} entries described in ${size} bytes, at most ${mostEntries} and ${MOST_DIRECTORY_BYTES} are read; upload the files unpacked`,
    );
  }
  const bytes = await source.read(start, size);
  const view = new LittleEndian(bytes);
  const found: Entry[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + CENTRAL_BYTES > bytes.length || view.u32(at) !== CENTRAL) {
      throw broken('has bytes that describe no entry', start + at);
    }
    const nameEnd = at + CENTRAL_BYTES + view.u16(at + 28);
    const extraEnd = nameEnd + view.u16(at + 30);
    const end = extraEnd + view.u16(at + 32);
    if (end > bytes.length) throw broken('is cut off within an entry', start + at);
    found.push(entryOf(bytes, view, at, nameEnd, extraEnd, start));
    at = end;
  }
  if (found.length !== entries) {
    throw broken(`describes ${found.length} entries, the end record counts ${entries}`, start);
  }
  return found;
}

function entryOf(
  bytes: Uint8Array,
  view: LittleEndian,
  at: number,
  nameEnd: number,
  extraEnd: number,
  start: number,
): Entry {
  if (view.u16(at + 34) !== 0) throw broken('names several disks', start + at);
  const extras = extrasOf(bytes.subarray(nameEnd, extraEnd), start + nameEnd);
  const nameBytes = bytes.subarray(at + CENTRAL_BYTES, nameEnd);
  const flags = view.u16(at + 8);
  const long = zip64Values(extras, start + at);
  const value = (short: number): number => (short === 0xffffffff ? long() : short);
  return {
    at: start + at,
    name: nameOf(nameBytes, flags, start + at),
    nameBytes,
    flags,
    method: view.u16(at + 10),
    crc: view.u32(at + 16),
    // The ZIP64 field holds only what is saturated, in this order.
    unpacked: value(view.u32(at + 24)),
    packed: value(view.u32(at + 20)),
    local: value(view.u32(at + 42)),
    attributes: view.u32(at + 38),
    extras,
  };
}

/** Takes the 64-bit values one after another. */
function zip64Values(extras: readonly Extra[], at: number): () => number {
  const found = extras.filter(({ id }) => id === ZIP64_EXTRA);
  const [field] = found;
  if (found.length > 1) throw broken('has an entry with two ZIP64 fields', at);
  let taken = 0;
  return () => {
    if (field === undefined || taken + 8 > field.data.length) {
      throw broken('has an entry without the ZIP64 field that its sizes call for', at);
    }
    taken += 8;
    return new LittleEndian(field.data).u64(taken - 8);
  };
}

/** Names without the UTF-8 flag are CP437, whose ASCII half is all that is accepted. */
function nameOf(bytes: Uint8Array, flags: number, at: number): string {
  const ascii = bytes.every((byte) => byte < 0x80);
  const name = ascii || (flags & UTF8_NAMES) !== 0 ? fromUtf8(bytes) : undefined;
  if (name === undefined) {
    throw broken('has a name that is neither ASCII nor marked and valid UTF-8', at);
  }
  return name;
}

const broken = (what: string, at: number): FormatError =>
  new FormatError('zip.directory', 'fail', `the directory ${what}; pack the archive again`, at);
