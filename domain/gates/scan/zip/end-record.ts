import type { ByteSource } from '#domain/gates/scan/byte-source.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import { LittleEndian } from '#domain/gates/scan/little-endian.ts';

const END = 0x06054b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_LOCATOR_BYTES = 20;
const ZIP64_END = 0x06064b50;
const ZIP64_END_BYTES = 56;

/** Where the central directory lies (APPNOTE.TXT 6.3.10, 4.3.14 to 4.3.16). */
export interface EndRecord {
  readonly entries: number;
  readonly start: number;
  readonly size: number;
  /** Offset of the first byte after the directory: this record, or its ZIP64 companion. */
  readonly end: number;
}

/** The offset of the end record that reaches the end of the file, or undefined for no ZIP. */
export async function findEnd(source: ByteSource): Promise<number | undefined> {
  const length = Math.min(source.size, END_BYTES + LONGEST_COMMENT);
  const tail = await source.read(source.size - length, length);
  if (tail.length < END_BYTES) return undefined;
  const found = ends(tail);
  const [at] = found;
  if (at === undefined) return undefined;
  if (found.length > 1) {
    throw new FormatError(
      'zip.ambiguous-end',
      'fail',
      'has two end records, so that two programs unpack it to different files; pack it again without a comment',
      source.size - length + at,
    );
  }
  return source.size - length + at;
}

/** Offsets in `tail` of records whose comment ends with the file. */
function ends(tail: Uint8Array): number[] {
  const view = new LittleEndian(tail);
  const found: number[] = [];
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    if (tail[at] !== 0x50 || view.u32(at) !== END) continue;
    if (at + END_BYTES + view.u16(at + 20) === tail.length) found.push(at);
  }
  return found;
}

/** @throws FormatError `zip.end` when the record, its ZIP64 companion and the file disagree. */
export async function readEnd(source: ByteSource, at: number): Promise<EndRecord> {
  const view = new LittleEndian(await source.read(at, END_BYTES));
  const short = {
    entries: view.u16(10),
    size: view.u32(12),
    start: view.u32(16),
    end: at,
  };
  if (view.u16(4) !== 0 || view.u16(6) !== 0 || view.u16(8) !== short.entries) {
    throw broken('names several disks or counts its entries twice', at);
  }
  const long = await readZip64(source, at);
  if (long !== undefined) {
    const agree =
      within(short.entries, 0xffff, long.entries) &&
      within(short.size, 0xffffffff, long.size) &&
      within(short.start, 0xffffffff, long.start);
    if (!agree) throw broken('and its ZIP64 companion disagree', at);
  }
  const record = long ?? short;
  if (record.start + record.size !== record.end) {
    throw broken(
      `puts the directory at bytes ${record.start} to ${record.start + record.size}, but it must end at ${record.end}`,
      at,
    );
  }
  return record;
}

const within = (short: number, saturated: number, long: number): boolean =>
  short === saturated || short === long;

async function readZip64(source: ByteSource, end: number): Promise<EndRecord | undefined> {
  const locatorAt = end - ZIP64_LOCATOR_BYTES;
  if (locatorAt < ZIP64_END_BYTES) return undefined;
  const locator = new LittleEndian(await source.read(locatorAt, ZIP64_LOCATOR_BYTES));
  if (locator.u32(0) !== ZIP64_LOCATOR) return undefined;
  const at = locatorAt - ZIP64_END_BYTES;
  const view = new LittleEndian(await source.read(at, ZIP64_END_BYTES));
  if (
    locator.u64(8) !== at ||
    locator.u32(4) !== 0 ||
    locator.u32(16) !== 1 ||
    view.u32(0) !== ZIP64_END ||
    view.u64(4) !== ZIP64_END_BYTES - 12 ||
    view.u32(16) !== 0 ||
    view.u32(20) !== 0 ||
    view.u64(24) !== view.u64(32)
  ) {
    throw broken('has a ZIP64 companion that is not where or what it must be', end);
  }
  return { entries: view.u64(32), size: view.u64(40), start: view.u64(48), end: at };
}

const broken = (what: string, at: number): FormatError =>
  new FormatError('zip.end', 'fail', `the end record ${what}; pack the archive again`, at);
