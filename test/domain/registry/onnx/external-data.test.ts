import { describe, expect, it } from 'vitest';
import { externalFilesOf } from '#domain/registry/onnx/external-data.ts';
import type { OnnxMetadata } from '#domain/registry/onnx/read-onnx.ts';
import { metadataOf } from './fixture.ts';

it('finds none in a model that holds its own weights', async () => {
  expect(externalFilesOf(await metadataOf('linear'))).toEqual([]);
});

it('lists the files that hold tensors', async () => {
  expect(externalFilesOf(await metadataOf('external-data'))).toEqual([
    { path: 'weights.bin', tensors: 1 },
  ]);
});

it('refuses a path out of the artifact', async () => {
  const [file] = externalFilesOf(await metadataOf('external-escape'));
  expect(file).toMatchObject({
    path: '../../etc/passwd',
    problem: expect.stringContaining('which leads out of the artifact'),
  });
});

it('finds those of subgraphs and of constants', async () => {
  expect(externalFilesOf(await metadataOf('nested'))).toMatchObject([
    { path: '../outside.bin', problem: expect.stringContaining('tensor "value"') },
    { path: 'branch.bin' },
  ]);
});

async function placedAt(...locations: string[]): Promise<OnnxMetadata> {
  const metadata = await metadataOf('external-data');
  const entries = metadata.model.graph?.initializer[0]?.externalData ?? [];
  const [first] = entries.splice(0);
  if (first) entries.push(...locations.map((value) => ({ ...first, value })));
  return metadata;
}

describe('a path', () => {
  it.each(['w.bin', 'data/w.bin', '..w', 'a..b', 'w b.bin'])('may be %j', async (path) => {
    expect(externalFilesOf(await placedAt(path))).toEqual([{ path, tensors: 1 }]);
  });

  it('loses a leading ./', async () => {
    expect(externalFilesOf(await placedAt('./w.bin'))).toEqual([{ path: 'w.bin', tensors: 1 }]);
  });

  it.each([
    ['', 'empty'],
    ['/etc/passwd', 'not relative'],
    ['.//etc/passwd/..', 'leads out'],
    ['C:\\w.bin', 'not relative'],
    ['file:w', 'not relative'],
    ['a\\..\\b', 'backslash'],
    ['a\0b', 'control character'],
    ['..', 'leads out'],
    ['a/../b', 'leads out'],
    ['a//b', 'empty or "." parts'],
    ['a/./b', 'empty or "." parts'],
    ['a/', 'empty or "." parts'],
  ])('may not be %j', async (path, flaw) => {
    const [file] = externalFilesOf(await placedAt(path));
    expect(file?.problem).toContain(flaw);
    expect(file?.path).toBe(path);
  });

  it('may not be given twice or left out', async () => {
    const [twice] = externalFilesOf(await placedAt('a.bin', 'b.bin'));
    expect(twice?.problem).toContain('names 2 locations, expected 1');
    const none = await placedAt();
    const [missing] = externalFilesOf(none);
    expect(missing?.problem).toContain('names 0 locations, expected 1');
  });
});
