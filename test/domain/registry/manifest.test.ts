import { describe, expect, it } from 'vitest';
import { parseManifest } from '#domain/registry/manifest.ts';
import { manifestOf } from '../../support/sample-release.ts';

type Loose = Record<string, unknown>;

/** Parses the sample manifest with some fields replaced, as text. */
const parse = (fields: Loose = {}) => parseManifest(JSON.stringify({ ...manifestOf(), ...fields }));
const [file] = manifestOf().files;

function problems(fields: Loose) {
  const result = parse(fields);
  return result.ok ? [] : result.problems;
}

describe('parseManifest', () => {
  it('reads a manifest that says all it must', () => {
    expect(parse()).toEqual({ ok: true, manifest: manifestOf() });
  });

  it('says where text stops being JSON', () => {
    const result = parseManifest('{"name": iris}');
    expect(result).toMatchObject({
      ok: false,
      problems: [{ field: 'manifest.json', expected: 'a JSON document' }],
    });
    expect(result.ok ? '' : result.problems[0]?.got).toContain('iris');
  });

  it.each([
    [{ author: 'me' }, 'author', 'only the documented fields'],
    [{ files: [{ ...file, sha512: 'x' }] }, 'files[0].sha512', 'only the documented fields'],
    [{ schema: 'assay.manifest/v2' }, 'schema', 'one of assay.manifest/v1'],
    [{ name: 'Iris' }, 'name', 'a-z, 0-9'],
    [{ tenant: 'a/b' }, 'tenant', 'a-z, 0-9 and -'],
    [{ format: 'pickle' }, 'format', 'one of onnx'],
    [{ bump: 'huge' }, 'bump', 'one of major, minor, patch, auto'],
    [{ version: '1.0.0' }, 'version', 'exactly one of "version" and "bump"'],
    [{ bump: undefined }, 'version', 'exactly one of "version" and "bump"'],
    [{ files: [] }, 'files', 'at least one file'],
    [{ files: [{ ...file, size: 0 }] }, 'files[0].size', 'a size above 0 bytes'],
    [{ files: [{ ...file, size: 1.5 }] }, 'files[0].size', 'a value of type int'],
    [{ files: [{ ...file, sha256: 'AB' }] }, 'files[0].sha256', '64 lowercase hex digits'],
    [{ files: undefined }, 'files', 'a value of type array'],
    [{ description: 'x'.repeat(4001) }, 'description', 'at most 4000'],
  ])('refuses %j, naming %s', (fields, field, expected) => {
    const found = problems(fields as Loose);
    expect(found[0]).toMatchObject({ field, expected: expect.stringContaining(expected) });
    expect(found[0]?.got).not.toBe('');
    expect(found[0]?.remedy).toContain('correct manifest.json and upload it again');
  });

  it.each([
    '../up',
    'a/../b',
    '/etc/passwd',
    'a//b',
    './a',
    'a/.',
    'dir/',
    'a\\b',
    'a\0b',
    '',
    'x'.repeat(513),
  ])('refuses the path %j', (path) => {
    expect(problems({ files: [{ ...file, path }] })[0]).toMatchObject({
      field: 'files[0].path',
      expected: expect.stringContaining('path'),
    });
  });

  it('finds every problem in one pass', () => {
    expect(problems({ name: 'Iris', format: 'h5' }).map(({ field }) => field)).toEqual([
      'name',
      'format',
    ]);
  });

  it('refuses a file that is listed twice', () => {
    expect(problems({ files: [file, file] })).toContainEqual(
      expect.objectContaining({ field: 'files', got: '"model.onnx" twice' }),
    );
  });

  it('refuses to list itself', () => {
    expect(problems({ files: [file, { ...file, path: 'manifest.json' }] })).toContainEqual(
      expect.objectContaining({ field: 'files', got: '"manifest.json"' }),
    );
  });

  it('refuses a path that is a file and a folder at once, which no directory can hold', () => {
    const files = [file, { ...file, path: 'model.onnx/weights/0' }];
    expect(problems({ files })).toEqual([
      expect.objectContaining({ got: '"model.onnx/weights/0" and "model.onnx"' }),
    ]);
  });

  it('takes training rows only together with their contract', () => {
    const training = { dataset: 'model.onnx', contract: 'model.onnx' };
    expect(parse({ training })).toMatchObject({ ok: true, manifest: { training } });
    expect(problems({ training: { dataset: 'model.onnx' } })[0]?.field).toBe('training.contract');
  });

  it.each([
    ['entrypoint', { entrypoint: 'gone' }],
    ['goldenCases', { goldenCases: 'gone' }],
    ['dependencies', { dependencies: 'gone' }],
    ['referenceDistribution', { referenceDistribution: 'gone' }],
    ['lineage.environment.dependencies', { lineage: { environment: { dependencies: 'gone' } } }],
    ['evaluation.dataset', { evaluation: { dataset: 'gone', target: 'y', task: 'regression' } }],
    ['training.dataset', { training: { dataset: 'gone', contract: 'model.onnx' } }],
    ['training.contract', { training: { dataset: 'model.onnx', contract: 'gone' } }],
  ])('refuses %s of a file that is not listed', (field, fields) => {
    expect(problems(fields)).toEqual([
      expect.objectContaining({ field, got: '"gone"', expected: 'a path that "files" lists' }),
    ]);
  });

  it('refuses parents that are no versions, and more than a transaction can hold', () => {
    expect(problems({ lineage: { parents: ['1.0', 'latest'] } })).toEqual([
      expect.objectContaining({ field: 'lineage.parents[1]', got: '"latest"' }),
    ]);
    const parents = Array.from({ length: 21 }, (_, i) => `1.0.${i}`);
    expect(problems({ lineage: { parents } })[0]?.expected).toBe('at most 20 parents');
  });

  it('refuses lineage names that no key can hold', () => {
    const name = 'x'.repeat(257);
    expect(problems({ lineage: { dataset: { name }, trainingJob: '' } })).toEqual([
      expect.objectContaining({
        field: 'lineage.dataset.name',
        expected: 'at most 256 characters',
      }),
      expect.objectContaining({ field: 'lineage.trainingJob', expected: 'at least 1 character' }),
    ]);
  });

  it.each([
    ['a lone surrogate', '{"x": "\\ud800"}'],
    ['a number beyond a double', '{"x": 1e999}'],
  ])('refuses %s, which has no canonical form to be hashed', (_, hyperparameters) => {
    const text = JSON.stringify({
      ...manifestOf(),
      lineage: { config: { algorithm: 'a', hyperparameters: 'HERE' } },
    }).replace('"HERE"', hyperparameters);
    expect(parseManifest(text)).toMatchObject({
      ok: false,
      problems: [{ field: 'manifest.json', expected: expect.stringContaining('finite numbers') }],
    });
  });
});
