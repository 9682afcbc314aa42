import { existsSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withScratchDirectory } from '../../lambdas/scratch-directory.ts';

/** Leaves files behind and tells where. */
async function litter(directory: string): Promise<string> {
  await mkdir(join(directory, 'deep'));
  await writeFile(join(directory, 'deep/file'), 'x');
  return directory;
}

it('gives a private directory, which is gone afterwards with all that is in it', async () => {
  const used = await withScratchDirectory(async (directory) => {
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    return litter(directory);
  });
  expect(existsSync(used)).toBe(false);
});

it('is gone after a fault too, which comes through', async () => {
  let used = '';
  const failing = withScratchDirectory(async (directory) => {
    used = await litter(directory);
    throw new Error('no memory');
  });
  await expect(failing).rejects.toThrow('no memory');
  expect(existsSync(used)).toBe(false);
});

it('gives every use its own', async () => {
  await withScratchDirectory((one) =>
    withScratchDirectory(async (other) => {
      expect(other).not.toBe(one);
    }),
  );
});
