import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findingsOf,
  fixture,
  SparseSource,
  scanBytes,
  scanFixture,
  scanSource,
  utf8,
} from './fixture.ts';

const names = (pattern: RegExp): string[] =>
  readdirSync(new URL('fixtures', import.meta.url)).filter((name) => pattern.test(name));

/** Which files the library itself refuses, written by make_safetensors.py. */
const refused: Readonly<Record<string, boolean>> = JSON.parse(
  new TextDecoder().decode(fixture('safetensors-refused.json')),
);

it.each(names(/^good-.*\.safetensors$/))('passes what the library writes: %s', async (name) => {
  const report = await scanFixture(name);
  expect(findingsOf(report)).toEqual([]);
  expect(report.members.map(({ format }) => format)).toEqual(['safetensors']);
  expect(report.coverage.parsed).toBe(report.coverage.present);
});

it.each([
  ['overlap', 'safetensors.overlap'],
  ['hole', 'safetensors.hole'],
  ['trailing', 'safetensors.hole'],
  ['leading', 'safetensors.hole'],
  ['bounds', 'safetensors.bounds'],
  ['duplicate', 'safetensors.duplicate'],
  ['shape', 'safetensors.size'],
  ['shape-overflow', 'safetensors.size'],
  ['negative', 'safetensors.tensor'],
  ['header-too-long', 'safetensors.header'],
  ['not-json', 'safetensors.header'],
  ['metadata-number', 'safetensors.metadata'],
  ['metadata-code', 'metadata.code'],
])('fails a file with a bad %s', async (name, id) => {
  const report = await scanFixture(`bad-${name}.safetensors`);
  expect(report.verdict).toBe('fail');
  expect(findingsOf(report).join()).toContain(id);
});

it('does not decide on a dtype that it does not know', async () => {
  const { verdict, checks } = await scanFixture('bad-dtype.safetensors');
  expect(verdict).toBe('inconclusive');
  expect(checks[0]?.id).toBe('safetensors.dtype');
});

it.each(
  Object.entries(refused)
    .filter(([, is]) => is)
    .map(([name]) => name),
)('never passes what the library refuses: %s', async (name) => {
  expect((await scanFixture(`bad-${name}.safetensors`)).verdict).not.toBe('pass');
});

it('reads nothing but the header of 5 GB', async () => {
  const bytes = 5 * 1024 ** 3;
  const header = utf8(
    JSON.stringify({ w: { dtype: 'F32', shape: [bytes / 4], data_offsets: [0, bytes] } }),
  );
  const length = new Uint8Array(8);
  length[0] = header.length;
  const source = new SparseSource(8 + header.length + bytes, [
    [0, length],
    [8, header],
  ]);
  const report = await scanSource('w.safetensors', source);
  expect(report.verdict).toBe('pass');
  expect(report.coverage.parsed).toBe(source.size);
  expect(source.reads).toBeLessThan(5);
});

describe('a header with a few bytes changed', () => {
  it('is judged without a fault, and a byte less or more never passes', async () => {
    const good = fixture('good-plain.safetensors');
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), async (at, to) => {
        const changed = good.slice();
        changed[at] = to;
        expect((await scanBytes('a', changed)).checks.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
    expect((await scanBytes('a', good.subarray(0, -1))).verdict).toBe('fail');
    expect((await scanBytes('a', Uint8Array.from([...good, 0]))).verdict).toBe('fail');
  });
});
