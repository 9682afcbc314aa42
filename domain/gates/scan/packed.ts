import { sourceOf } from './byte-source.ts';
import type { Codec } from './decompressors.ts';
import { FormatError } from './format-error.ts';
import { within } from './member-name.ts';
import type { Member, Reading, Scan } from './reading.ts';
import { unpack } from './unpack.ts';

/** Judges what a single compressed file holds. @throws FormatError when it cannot be unpacked. */
export async function readPacked(codec: Codec, member: Member, scan: Scan): Promise<Reading> {
  const { source } = member;
  const { bytes, consumed } = await unpack(source, codec, scan);
  if (consumed !== source.size) {
    throw new FormatError(
      'archive.trailing-bytes',
      'fail',
      `${source.size - consumed} bytes follow the ${codec} stream; compress the file again`,
      consumed,
    );
  }
  const name = member.name.replace(/\.[^./]*$/, '');
  const where = within(member.where, codec);
  const inner = await scan.judge({ where, name, source: sourceOf(bytes), depth: member.depth + 1 });
  const share = bytes.length === 0 ? 1 : inner.parsed / bytes.length;
  return {
    format: `${inner.format}, compressed with ${codec}`,
    checks: inner.checks,
    parsed: Math.floor(source.size * share),
    members: inner.members ?? [],
  };
}
