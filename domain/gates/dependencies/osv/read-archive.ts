import { type ByteSource, stretchOf } from '#domain/gates/scan/byte-source.ts';
import { crc32 } from '#domain/gates/scan/crc32.ts';
import type { Decompressors } from '#domain/gates/scan/decompressors.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import { SCAN_LIMITS, type ScanLimits } from '#domain/gates/scan/limits.ts';
import { unpack } from '#domain/gates/scan/unpack.ts';
import { type Entry, readDirectory } from '#domain/gates/scan/zip/directory.ts';
import { findEnd, readEnd } from '#domain/gates/scan/zip/end-record.ts';
import { readLocal } from '#domain/gates/scan/zip/local-header.ts';
import { fromUtf8 } from '#domain/signing/encoding.ts';

/** Far above what PyPI's archive has, some ten thousand records of some kilobytes each. */
export const ARCHIVE_LIMITS: ScanLimits = {
  ...SCAN_LIMITS,
  entries: 400_000,
  memberBytes: 32 * 1024 * 1024,
  unpackedBytes: 8 * 1024 * 1024 * 1024,
};

const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 0x0001;

/**
 * The records of an archive in the layout of OSV's `all.zip`, one JSON document an entry; a
 * document that is not JSON comes as its id alone, which no snapshot takes for a readable record.
 * @throws FormatError for an archive that is cut off, altered or beyond a limit: part of the
 * advisories is worse than those of yesterday.
 */
export async function* readArchive(
  source: ByteSource,
  decompressors: Decompressors,
  limits: ScanLimits = ARCHIVE_LIMITS,
): AsyncGenerator<unknown> {
  const endAt = await findEnd(source);
  if (endAt === undefined) throw broken('has no end: it is cut off, or no ZIP archive');
  const end = await readEnd(source, endAt);
  const entries = await readDirectory(source, end, limits.entries);
  const unpacker = { decompressors, limits, spent: { entries: 0, unpackedBytes: 0 } };
  let free = 0;
  for (const entry of entries.toSorted((a, b) => a.local - b.local)) {
    const local = await readLocal(source, entry, end.start);
    const shown = JSON.stringify(entry.name);
    if (local === undefined || entry.local < free || local.disagreements.length > 0) {
      throw broken(`entry ${shown} is not what and where the directory says`);
    }
    free = local.data + entry.packed;
    if (!entry.name.endsWith('.json')) continue;
    const packed = stretchOf(source, local.data, entry.packed);
    yield recordOf(entry, await contentOf(entry, packed, unpacker));
  }
}

async function contentOf(
  entry: Entry,
  packed: ByteSource,
  unpacker: Parameters<typeof unpack>[2],
): Promise<Uint8Array> {
  const shown = JSON.stringify(entry.name);
  if ((entry.flags & ENCRYPTED) !== 0 || ![STORED, DEFLATED].includes(entry.method)) {
    throw broken(`entry ${shown} is neither stored nor deflated`);
  }
  if (entry.unpacked > unpacker.limits.memberBytes) {
    throw broken(`entry ${shown} unpacks to ${entry.unpacked} bytes`);
  }
  const { bytes, consumed } =
    entry.method === STORED
      ? { bytes: await packed.read(0, packed.size), consumed: packed.size }
      : await unpack(packed, 'deflate', unpacker);
  if (bytes.length !== entry.unpacked || consumed !== packed.size || crc32(bytes) !== entry.crc) {
    throw broken(`entry ${shown} does not have the size or the CRC that the directory promises`);
  }
  return bytes;
}

function recordOf({ name }: Entry, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes) ?? '');
  } catch {
    return { id: name.slice(name.lastIndexOf('/') + 1, -'.json'.length) };
  }
}

const broken = (what: string): FormatError =>
  new FormatError('osv.archive', 'fail', `the archive of advisories: ${what}; download it again`);
