import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteSource, inBlocks, sourceOf } from '#domain/gates/scan/byte-source.ts';
import { readAhead } from '#domain/gates/scan/read-ahead.ts';
import { scanArtifact } from '#domain/gates/scan/scan-artifact.ts';
import { utf8 } from './fixture.ts';

const BLOCK = 128 * 1024;

/** Files that note which of them are asked for which range, and are answered a turn later. */
function noted(sizes: readonly number[]) {
  const asked: string[] = [];
  let now = 0;
  let most = 0;
  const files = sizes.map((size, index) => {
    const { read } = sourceOf(new Uint8Array(size).fill(index + 1));
    const source: ByteSource = {
      size,
      read: async (offset, length) => {
        asked.push(`${index}: ${offset}+${length}`);
        most = Math.max(most, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        now--;
        return read(offset, length);
      },
    };
    return { source };
  });
  return { files: readAhead(files), asked, most: () => most };
}

describe('readAhead', () => {
  it('begins the first block of three files more with the first read of one', async () => {
    const { files, asked } = noted([5, 2 * BLOCK, 7, 8, 9]);
    await files[0]?.source.read(0, 5);
    expect(asked.sort()).toEqual(['0: 0+5', `1: 0+${BLOCK}`, '2: 0+7', '3: 0+8']);
  });

  it('reads each file once, four at a time, and begins none that is empty', async () => {
    const sizes = Array.from({ length: 40 }, (_, i) => (i % 5 === 4 ? 0 : 10 + i));
    const { files, asked, most } = noted(sizes);
    for (const { source } of files) if (source.size > 0) await inBlocks(source).read(0, 4);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked).toHaveLength(32);
    expect(most()).toBe(4);
  });

  it('gives what the files hold, whatever is read of them in whatever order', async () => {
    const size = fc.oneof(fc.nat(20), fc.integer({ min: BLOCK - 2, max: BLOCK + 2 }));
    const read = fc.tuple(fc.nat(7), fc.nat(BLOCK), fc.nat(BLOCK + 4));
    const cases = fc.asyncProperty(
      fc.array(size, { minLength: 8, maxLength: 8 }),
      fc.array(read, { maxLength: 12 }),
      async (sizes, reads) => {
        const { files } = noted(sizes);
        for (const [index, offset, length] of reads) {
          const of = sizes[index] ?? 0;
          const got = await files[index]?.source.read(offset, length);
          const left = Math.max(0, Math.min(length, of - offset));
          expect(got?.length).toBe(left);
          expect(new Set(got)).toEqual(new Set(left > 0 ? [index + 1] : []));
        }
      },
    );
    await fc.assert(cases, { numRuns: 50 });
  });

  it('fails for a file that cannot be read when it is its turn, and no sooner', async () => {
    const gone: ByteSource = { size: 3, read: async () => Promise.reject(new Error('it is gone')) };
    const [first, second] = readAhead([sourceOf(utf8('abc')), gone].map((source) => ({ source })));
    await expect(first?.source.read(0, 3)).resolves.toHaveLength(3);
    await new Promise((resolve) => setImmediate(resolve));
    await expect(second?.source.read(0, 3)).rejects.toThrow('it is gone');
  });
});

describe('scanning many files', () => {
  const words = Array.from({ length: 30 }, (_, i) => ({
    path: `${String(i).padStart(2, '0')}.txt`,
    bytes: utf8(`note number ${i}`),
  }));

  it('asks for four of them at a time and reports them in order', async () => {
    let now = 0;
    let most = 0;
    const files = words.map(({ path, bytes }) => ({
      path,
      source: {
        size: bytes.length,
        read: async (offset: number, length: number) => {
          most = Math.max(most, ++now);
          await new Promise((resolve) => setImmediate(resolve));
          now--;
          return bytes.subarray(offset, offset + length);
        },
      },
    }));
    const { members, verdict } = await scanArtifact(files.toReversed());
    expect(most).toBe(4);
    expect(verdict).toBe('pass');
    expect(members.map(({ where }) => where)).toEqual(words.map(({ path }) => path));
  });
});
