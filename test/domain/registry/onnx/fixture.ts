import { readFileSync } from 'node:fs';
import { ONNX_LIMITS, type OnnxLimits } from '#domain/registry/onnx/limits.ts';
import type { RangeReader } from '#domain/registry/onnx/range-reader.ts';
import { type OnnxMetadata, readOnnxMetadata } from '#domain/registry/onnx/read-onnx.ts';

const DIRECTORY = new URL('../fixtures/', import.meta.url);

export const fixturePath = (file: string): string => new URL(file, DIRECTORY).pathname;

export const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(fixturePath(`${name}.onnx`)));

export const inMemory = (bytes: Uint8Array): RangeReader => ({
  size: bytes.length,
  read: async (offset, length) => bytes.slice(offset, offset + length),
});

export const metadataOf = (name: string, limits: OnnxLimits = ONNX_LIMITS): Promise<OnnxMetadata> =>
  readOnnxMetadata(inMemory(fixture(name)), limits);

interface ValueInfo {
  readonly name: string;
  readonly kind: string;
  readonly elemType: string;
  readonly shape: readonly number[];
}

/** What Python's onnx reads in a fixture, written by make_onnx_fixtures.py. */
export interface Described {
  readonly irVersion: number;
  readonly producer: string;
  readonly opsets: readonly (readonly [domain: string, version: number])[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: readonly { name: string; dataType: number; dims: readonly number[] }[];
  readonly nodes: readonly { op: string; domain: string; in: string[]; out: string[] }[];
  readonly functions: readonly string[];
}

export const expected: Readonly<Record<string, Described>> = JSON.parse(
  readFileSync(new URL('expected.json', DIRECTORY), 'utf8'),
);
