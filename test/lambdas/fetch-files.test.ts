import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { PinnedFile } from '#domain/registry/artifact.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import { fetchFiles } from '../../lambdas/fetch-files.ts';
import { withScratchDirectory } from '../../lambdas/scratch-directory.ts';
import { MemoryArtifacts } from '../support/memory-artifacts.ts';

const artifacts = new MemoryArtifacts();
const pin = (path: string, body: string): PinnedFile => ({
  path,
  sha256: sha256Hex(Buffer.from(body)),
  size: body.length,
  ...artifacts.write(`uploads/${path}`, body),
});

describe('fetchFiles', () => {
  it('puts every file under its own path, for nobody else to read', () =>
    withScratchDirectory(async (directory) => {
      const files = [pin('model.onnx', 'model'), pin('data/deep/eval.csv', 'rows')];
      expect(await fetchFiles(artifacts, files, directory)).toEqual([]);
      expect(await readFile(join(directory, 'model.onnx'), 'utf8')).toBe('model');
      expect(await readFile(join(directory, 'data/deep/eval.csv'), 'utf8')).toBe('rows');
      expect((await stat(join(directory, 'model.onnx'))).mode & 0o077).toBe(0);
    }));

  it('fetches the version that was pinned, though a newer one is there', () =>
    withScratchDirectory(async (directory) => {
      const file = pin('a', 'old');
      artifacts.write(file.key, 'new');
      expect(await fetchFiles(artifacts, [file], directory)).toEqual([]);
      expect(await readFile(join(directory, 'a'), 'utf8')).toBe('old');
    }));

  it('reports every file that is not what was registered, in size or in bytes', () =>
    withScratchDirectory(async (directory) => {
      const [same, longer, other] = [pin('same', 'x'), pin('longer', 'x'), pin('other', 'x')];
      artifacts.tamper(longer, 'xx');
      artifacts.tamper(other, 'y');
      expect(await fetchFiles(artifacts, [same, longer, other], directory)).toEqual([
        {
          path: 'longer',
          got: `2 bytes with SHA-256 ${sha256Hex(Buffer.from('xx'))}`,
          expected: `1 bytes with SHA-256 ${longer.sha256}`,
        },
        {
          path: 'other',
          got: `1 bytes with SHA-256 ${sha256Hex(Buffer.from('y'))}`,
          expected: `1 bytes with SHA-256 ${other.sha256}`,
        },
      ]);
    }));

  it('reports a file whose size was recorded wrongly', () =>
    withScratchDirectory(async (directory) => {
      const file = { ...pin('c', 'x'), size: 2 };
      expect(await fetchFiles(artifacts, [file], directory)).toMatchObject([{ path: 'c' }]);
    }));

  it('faults when a stream breaks off', () =>
    withScratchDirectory(async (directory) => {
      const open = async () =>
        new Readable({
          read() {
            this.destroy(new Error('connection reset'));
          },
        });
      await expect(fetchFiles({ open }, [pin('b', 'x')], directory)).rejects.toThrow(
        'connection reset',
      );
    }));
});
