import { describe, expect, it } from 'vitest';
import { beyondLimits, dependencyFiles, notText } from '#domain/gates/dependencies/documents.ts';

const filesOf = (...paths: string[]) => paths.map((path) => ({ path, size: 1 }));
const found = (manifest: Parameters<typeof dependencyFiles>[0], ...paths: string[]) =>
  dependencyFiles(manifest, filesOf(...paths)).map(({ path }) => path);

describe('dependencyFiles', () => {
  it('finds what the manifest names, whatever it is called, each once', () => {
    const manifest = {
      dependencies: 'needs.list',
      lineage: { environment: { dependencies: 'needs.list' } },
    };
    expect(found(manifest, 'model.onnx', 'needs.list')).toEqual(['needs.list']);
    const lineage = { environment: { dependencies: 'train.in' } };
    expect(found({ lineage }, 'train.in', 'needs.list')).toEqual(['train.in']);
  });

  it.each([
    'requirements.txt',
    'requirements-gpu.txt',
    'deep/er/requirements.txt',
    'poetry.lock',
    'uv.lock',
    'environment.yml',
    'environment.yaml',
    'conda.yaml',
    'bom.json',
    'sbom.json',
    'model.cdx.json',
    'model.spdx.json',
    'Requirements.TXT',
  ])('finds %s though nobody names it', (path) => {
    expect(found({}, path, 'model.onnx')).toEqual([path]);
  });

  it.each([
    'model.onnx',
    'notes.txt',
    'my-requirements.txt',
    'python_env.yaml',
    'config.json',
    'requirements.in',
    'requirements.txt/model.onnx',
  ])('leaves %s alone', (path) => {
    expect(found({}, path)).toEqual([]);
  });
});

describe('beyondLimits', () => {
  const sized = (...sizes: number[]) => sizes.map((size, n) => ({ path: `${n}.txt`, size }));

  it('refuses a document that is too large, and says which', () => {
    const { readable, refused } = beyondLimits(sized(7_999_999, 8_000_000, 8_000_001));
    expect(readable.map(({ path }) => path)).toEqual(['0.txt', '1.txt']);
    expect(refused).toMatchObject([
      { file: '2.txt', format: 'unknown', findings: [{ got: '8000001 bytes' }] },
    ]);
  });

  it.each([
    [49, 49, 0],
    [50, 50, 0],
    [51, 50, 1],
  ])('of %d documents reads %d and refuses the rest with %d finding', (count, read, findings) => {
    const { readable, refused } = beyondLimits(sized(...Array(count).fill(1)));
    expect([readable.length, refused.length]).toEqual([read, findings]);
  });
});

it('a file that is no text leaves what it declares open', () => {
  expect(notText('requirements.txt').findings).toMatchObject([
    { field: 'requirements.txt', remedy: 'save the file as UTF-8' },
  ]);
});
