import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Codec } from '#domain/gates/scan/decompressors.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import { NODE_DECOMPRESSORS } from '#node/decompressors.ts';

const FIXTURES = new URL('fixtures/', import.meta.url);
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, FIXTURES)));
const EXPECTED: Readonly<Record<string, { bytes: number; sha256: string }>> = JSON.parse(
  new TextDecoder().decode(read('expected.json')),
);
const ODD = readdirSync(FIXTURES).filter((name) => name.startsWith('odd-'));
const SMALL = ['text.bz2', 'text.xz', 'crc32.xz', 'sha256.xz', 'checked.lz4', 'blocks-7.lz4'];

const codecOf = (name: string): Codec => name.slice(name.lastIndexOf('.') + 1) as Codec;

interface Unpacked {
  readonly bytes: number;
  readonly sha256: string;
  readonly consumed: number;
}

/** Unpacks, from pieces of `step` bytes; stops after `limit` bytes. */
async function unpack(
  codec: Codec,
  packed: Uint8Array,
  step = packed.length,
  limit = Number.POSITIVE_INFINITY,
): Promise<Unpacked> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < packed.length; at += step) yield packed.subarray(at, at + step);
  }
  const { chunks, consumed } = NODE_DECOMPRESSORS[codec]?.(pieces()) ?? {
    chunks: pieces(),
    consumed: () => -1,
  };
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
    if (bytes > limit) break;
  }
  return { bytes, sha256: hash.digest('hex'), consumed: consumed() };
}

describe('what Python and lz4 compressed', () => {
  it.each(Object.entries(EXPECTED))('is unpacked to the same bytes: %s', async (name, expected) => {
    const packed = read(name);
    expect(await unpack(codecOf(name), packed)).toEqual({ ...expected, consumed: packed.length });
  });

  it.each(['two-streams.bz2', 'two-streams.xz', 'text.lzma', 'two-frames.lz4'])(
    'may arrive in pieces of any size: %s',
    async (name) => {
      for (const step of [1, 7, 4096]) {
        expect(await unpack(codecOf(name), read(name), step)).toMatchObject(EXPECTED[name] ?? {});
      }
    },
  );

  it.each(['text.bz2', 'text.xz', 'text.lzma', 'sized.lzma', 'text.lz4'])(
    'ends where it ends, whatever follows: %s',
    async (name) => {
      const packed = read(name);
      const longer = Uint8Array.from([...packed, 0x42, 0x00, 0x22]);
      const { consumed } = await unpack(codecOf(name), longer);
      expect(consumed).toBe(packed.length);
    },
  );
});

describe('what was damaged', () => {
  it.each(SMALL)('is refused wherever a bit is wrong: %s', async (name) => {
    const packed = read(name);
    // The level of bzip2 says no more than how much memory is needed.
    const from = codecOf(name) === 'bz2' ? 32 : 0;
    const bit = fc.integer({ min: from, max: packed.length * 8 - 1 });
    await fc.assert(
      fc.asyncProperty(bit, async (at) => {
        const damaged = packed.slice();
        damaged[at >> 3] = (damaged[at >> 3] ?? 0) ^ (1 << (at & 7));
        await expect(unpack(codecOf(name), damaged)).rejects.toThrow();
      }),
      { numRuns: 150 },
    );
  });

  it.each(['text.bz2', 'text.xz', 'text.lzma', 'unsized.lz4'])(
    'is refused wherever it was cut off: %s',
    async (name) => {
      const packed = read(name);
      for (let length = 0; length < packed.length; length += length < 40 ? 1 : 97) {
        const outcome = unpack(codecOf(name), packed.subarray(0, length));
        await expect(outcome, `${length} bytes`).rejects.toThrow();
      }
    },
  );

  it('is refused with an index that lists other blocks', async () => {
    const first = read('text.xz');
    const other = read('noise.xz');
    // The index and the footer of another stream behind the blocks of this one.
    const spliced = Uint8Array.from([...first.subarray(0, -24), ...other.subarray(-24)]);
    await expect(unpack('xz', spliced)).rejects.toThrow('index differs');
  });
});

describe('what is well formed and not undone here', () => {
  it.each(ODD)('is told from what is broken: %s', async (name) => {
    const outcome = unpack(codecOf(name), read(name));
    await expect(outcome).rejects.toThrow(FormatError);
    await expect(outcome).rejects.toMatchObject({ verdict: 'inconclusive' });
  });
});

describe('a bomb', () => {
  it.each(['bomb.bz2', 'bomb.xz', 'bomb.lzma'])(
    'gives its 64 MB piece by piece, and can be stopped: %s',
    async (name) => {
      const { bytes } = await unpack(codecOf(name), read(name), undefined, 1_000_000);
      expect(bytes).toBeLessThan(4_000_000);
      expect((await unpack(codecOf(name), read(name))).bytes).toBe(64_000_000);
    },
  );
});
