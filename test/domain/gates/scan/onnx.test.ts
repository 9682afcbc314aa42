import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceOf } from '#domain/gates/scan/byte-source.ts';
import { DEFAULT_SCAN_POLICY } from '#domain/gates/scan/policy.ts';
import { type ScanReport, scanArtifact } from '#domain/gates/scan/scan-artifact.ts';
import {
  findingsOf,
  fixture,
  SparseSource,
  scanBytes,
  scanFixture,
  scanSource,
  utf8,
} from './fixture.ts';

const REGISTRY = new URL('../../registry/fixtures/', import.meta.url);
const registry = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(name, REGISTRY)));

const scanAll = (files: Readonly<Record<string, Uint8Array>>): Promise<ScanReport> =>
  scanArtifact(Object.entries(files).map(([path, bytes]) => ({ path, source: sourceOf(bytes) })));

const GOOD = readdirSync(new URL('fixtures', import.meta.url)).filter((name) =>
  /^good.*\.onnx$/.test(name),
);

describe('a model of standard operators', () => {
  it.each([
    'linear.onnx',
    'forest.onnx',
    'zipmap.onnx',
    'optional-input.onnx',
    'symbolic-dim.onnx',
  ])('passes: %s', async (name) => {
    const report = await scanBytes(name, registry(name));
    expect(findingsOf(report)).toEqual([]);
    expect(report.verdict).toBe('pass');
    expect(report.coverage.parsed).toBe(report.coverage.present);
  });

  it('is known by its content, whatever its name', async () => {
    const { members } = await scanBytes('weights.bin', registry('linear.onnx'));
    expect(members.map(({ format }) => format)).toEqual(['ONNX model']);
  });

  it('fails when its name promises a model that it is not', async () => {
    expect(findingsOf(await scanBytes('model.onnx', registry('truncated.onnx')))).toEqual([
      'fail onnx.truncated model.onnx',
    ]);
  });
});

describe('a choice that the input makes alone', () => {
  it.each(['bad-trigger-where.onnx', 'bad-trigger-if.onnx'])('fails: %s', async (name) => {
    const { checks } = await scanFixture(name);
    expect(checks).toMatchObject([{ id: 'onnx.weight-bypass', verdict: 'fail', where: name }]);
    expect(checks[0]?.message).toContain('"choose"');
  });

  it.each(GOOD)('is not seen where it is harmless: %s', async (name) => {
    expect(findingsOf(await scanFixture(name))).toEqual([]);
  });
});

describe('operators that are not what their names say', () => {
  it('fails a function of the standard domain', async () => {
    expect(findingsOf(await scanFixture('bad-shadowed.onnx'))).toEqual([
      'fail onnx.shadowed-operator bad-shadowed.onnx',
    ]);
  });

  it('fails a custom domain unless the policy allows it', async () => {
    const finding = 'fail onnx.custom-domain nested.onnx';
    const bytes = registry('nested.onnx');
    expect(findingsOf(await scanBytes('nested.onnx', bytes))).toContain(finding);
    const policy = { ...DEFAULT_SCAN_POLICY, onnx: { customDomains: ['com.example'] } };
    expect(findingsOf(await scanBytes('nested.onnx', bytes, { policy }))).not.toContain(finding);
  });
});

describe('data beside the model', () => {
  const model = registry('external-data.onnx');
  const weights = registry('weights.bin');

  it('passes where the artifact holds it', async () => {
    const report = await scanAll({ 'model.onnx': model, 'weights.bin': weights });
    expect(findingsOf(report)).toEqual([]);
    expect(report.coverage.parsed).toBe(report.coverage.present);
    expect(report.members.map(({ format }) => format)).toEqual(['ONNX model', 'tensor data']);
  });

  it('is looked for beside the model, not at the top', async () => {
    const report = await scanAll({ 'a/model.onnx': model, 'weights.bin': weights });
    expect(report.verdict).toBe('fail');
    expect(findingsOf(report)).toContain('fail onnx.external-data a/model.onnx');
  });

  it('fails where it is shorter than its tensors', async () => {
    const report = await scanAll({ 'model.onnx': model, 'weights.bin': weights.subarray(0, -1) });
    expect(findingsOf(report)).toEqual(['fail onnx.external-bounds model.onnx']);
  });

  it('fails where its path leads out', async () => {
    const report = await scanAll({ 'm.onnx': registry('external-escape.onnx') });
    expect(findingsOf(report)).toContain('fail onnx.external-path m.onnx');
  });

  it('is acquitted by no claim when it is something else', async () => {
    const report = await scanAll({
      'model.onnx': model,
      'weights.bin': fixture('bad-traversal.zip'),
    });
    expect(report.verdict).toBe('fail');
  });

  it('is not known without the model', async () => {
    expect((await scanAll({ 'weights.bin': weights })).verdict).toBe('inconclusive');
  });
});

/** A protobuf field of wire type 2, without the bytes that follow. */
const delimited = (number: number, length: number): number[] => [
  ...varint(number * 8 + 2),
  ...varint(length),
];

describe('a model of 5 GB', () => {
  const model = registry('linear.onnx');
  const bytes = 5 * 1024 ** 3;

  it('is judged without its weights', async () => {
    // graph (7) again, which protobuf merges: an initializer (5) with name (8) and raw_data (9).
    const named = [0x10, 1, ...delimited(8, 1), 0x77, ...delimited(9, bytes)];
    const initializer = [...delimited(5, named.length + bytes), ...named];
    const tail = [...delimited(7, initializer.length + bytes), ...initializer];
    const head = Uint8Array.from([...model, ...tail]);
    const source = new SparseSource(head.length + bytes, [[0, head]]);
    const report = await scanSource('model.onnx', source);
    expect(findingsOf(report)).toEqual([]);
    expect(source.reads).toBeLessThan(10);
    expect(source.bytesRead).toBeLessThan(2_000_000);
  });

  it('is inconclusive when the bytes are no part of a model', async () => {
    const head = Uint8Array.from([...model, ...delimited(100, bytes)]);
    const source = new SparseSource(head.length + bytes, [[0, head]]);
    const report = await scanSource('model.onnx', source);
    expect(findingsOf(report)).toEqual([
      `inconclusive onnx.unknown-field model.onnx@${model.length}`,
    ]);
    expect(report.coverage.parsed).toBe(model.length);
  });
});

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

it('fails code in its metadata', async () => {
  // metadata_props, field 14: an entry of key and value.
  const text = utf8('{{ self.__init__.__globals__ }}');
  const entry = [0x0a, 1, 0x74, 0x12, text.length, ...text];
  const bytes = Uint8Array.from([...registry('linear.onnx'), 0x72, entry.length, ...entry]);
  expect(findingsOf(await scanBytes('m.onnx', bytes))).toEqual(['fail metadata.code m.onnx']);
});

it('judges a changed model without a fault', async () => {
  const good = fixture('bad-trigger-if.onnx');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ at: fc.nat(good.length - 1), to: fc.nat(255) }), { minLength: 1 }),
      async (changes) => {
        const changed = good.slice();
        for (const { at, to } of changes) changed[at] = to;
        expect((await scanBytes('m.bin', changed)).checks.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 300 },
  );
});
