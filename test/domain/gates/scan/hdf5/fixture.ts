import { readdirSync, readFileSync } from 'node:fs';
import { type ByteSource, sourceOf } from '#domain/gates/scan/byte-source.ts';
import {
  type ScanOptions,
  type ScanReport,
  scanArtifact,
} from '#domain/gates/scan/scan-artifact.ts';
import { NODE_DECOMPRESSORS } from '#node/decompressors.ts';

const FOLDER = new URL('fixtures/', import.meta.url);

export const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(name, FOLDER)));

export const FIXTURES = readdirSync(FOLDER).filter((name) => /\.(?:h5|keras)$/.test(name));

export const scanSource = (
  path: string,
  source: ByteSource,
  options: ScanOptions = {},
): Promise<ScanReport> =>
  scanArtifact([{ path, source }], { decompressors: NODE_DECOMPRESSORS, ...options });

export const scanBytes = (path: string, bytes: Uint8Array, options?: ScanOptions) =>
  scanSource(path, sourceOf(bytes), options);

export const scanFixture = (name: string, options?: ScanOptions) =>
  scanBytes(name, fixture(name), options);

/** `verdict id where` of everything that does not pass. */
export const findingsOf = ({ checks }: ScanReport): string[] =>
  checks
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ id, verdict, where }) => `${verdict} ${id} ${where}`);
