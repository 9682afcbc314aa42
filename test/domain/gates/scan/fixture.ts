import { readFileSync } from 'node:fs';
import { type ByteSource, sourceOf } from '#domain/gates/scan/byte-source.ts';
import {
  type ScanOptions,
  type ScanReport,
  scanArtifact,
} from '#domain/gates/scan/scan-artifact.ts';
import { NODE_DECOMPRESSORS } from '#node/decompressors.ts';

export const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));

export const scanBytes = (
  path: string,
  bytes: Uint8Array,
  options: ScanOptions = {},
): Promise<ScanReport> => scanSource(path, sourceOf(bytes), options);

export const scanSource = (
  path: string,
  source: ByteSource,
  options: ScanOptions = {},
): Promise<ScanReport> =>
  scanArtifact([{ path, source }], { decompressors: NODE_DECOMPRESSORS, ...options });

export const scanFixture = (name: string, options: ScanOptions = {}): Promise<ScanReport> =>
  scanBytes(name, fixture(name), options);

/** `id verdict where` of everything that does not pass. */
export const findingsOf = ({ checks }: ScanReport): string[] =>
  checks
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ id, verdict, where }) => `${verdict} ${id} ${where}`);

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A file of zeros but for the given parts, which counts what is read of it. */
export class SparseSource implements ByteSource {
  readonly size: number;
  reads = 0;
  bytesRead = 0;
  readonly #parts: readonly (readonly [at: number, bytes: Uint8Array])[];

  constructor(size: number, parts: readonly (readonly [at: number, bytes: Uint8Array])[]) {
    this.size = size;
    this.#parts = parts;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    this.reads += 1;
    this.bytesRead += bytes.length;
    for (const [at, part] of this.#parts) {
      const from = Math.max(at, offset);
      const to = Math.min(at + part.length, offset + bytes.length);
      if (from < to) bytes.set(part.subarray(from - at, to - at), from - offset);
    }
    return bytes;
  }
}
