import type { ByteSource } from '#domain/gates/scan/byte-source.ts';
import type { Hole } from './space.ts';

const CHUNK_BYTES = 1024 * 1024;

/** The holes in which there is anything but zeros, from their first other byte on; what there was no time to read counts as such. */
export async function usedHoles(
  source: ByteSource,
  holes: readonly Hole[],
  outOfTime: () => boolean,
): Promise<Hole[]> {
  const used: Hole[] = [];
  for (const { start, end } of holes) {
    const first = outOfTime() ? start : await firstNonZero(source, start, end, outOfTime);
    if (first !== undefined) used.push({ start: first, end });
  }
  return used;
}

export async function firstNonZero(
  source: ByteSource,
  start: number,
  end: number,
  outOfTime = () => false,
): Promise<number | undefined> {
  for (let at = start; at < end; at += CHUNK_BYTES) {
    if (outOfTime()) return at;
    const bytes = await source.read(at, Math.min(CHUNK_BYTES, end - at));
    const index = bytes.findIndex((byte) => byte !== 0);
    if (index >= 0) return at + index;
  }
  return undefined;
}
