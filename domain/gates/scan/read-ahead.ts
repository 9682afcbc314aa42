import { BLOCK_BYTES, type ByteSource } from './byte-source.ts';

/** Files whose first block is under way or waits while one is read: 384 KiB, a quarter of the time. */
const AHEAD = 3;

/**
 * The same files, for who reads them one after the other through `inBlocks`: with the first read of
 * one, those of the next three begin. In another order they are right as well, and no faster. A file
 * that cannot be read fails when it is its turn.
 */
export function readAhead<File extends { readonly source: ByteSource }>(
  files: readonly File[],
): File[] {
  const heads = new Map<number, Promise<Uint8Array>>();
  let next = 0;
  const goOn = (current: number): void => {
    for (const index of heads.keys()) if (index < current) heads.delete(index);
    next = Math.max(next, current + 1);
    for (const { source } of files.slice(next, current + 1 + AHEAD)) {
      if (source.size > 0) {
        const head = source.read(0, headBytes(source));
        head.catch(() => undefined);
        heads.set(next, head);
      }
      next++;
    }
  };
  return files.map((file, index) => {
    const { source } = file;
    const read = (offset: number, length: number): Promise<Uint8Array> => {
      goOn(index);
      const head = offset === 0 && length === headBytes(source) ? heads.get(index) : undefined;
      if (head === undefined) return source.read(offset, length);
      heads.delete(index);
      return head;
    };
    return { ...file, source: { size: source.size, read } };
  });
}

const headBytes = ({ size }: ByteSource): number => Math.min(BLOCK_BYTES, size);
