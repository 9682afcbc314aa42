import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const project = fileURLToPath(new URL('../../', import.meta.url));

/** A function's child process as the function carries it: bundled, ONNX Runtime beside it. */
export interface MemoryChild {
  readonly path: string;
  readonly directory: string;
  remove(): Promise<void>;
}

/** The process that measures memory. */
export const bundleMemoryChild = (): Promise<MemoryChild> =>
  bundleChild('lambdas/onnx/peak-memory-child.ts');

/** @param entry from the root of the project. */
export async function bundleChild(entry: string): Promise<MemoryChild> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-child-'));
  const path = join(directory, `${basename(entry, '.ts')}.mjs`);
  await symlink(join(project, 'node_modules'), join(directory, 'node_modules'));
  await build({
    entryPoints: [join(project, entry)],
    outfile: path,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    external: ['onnxruntime-node'],
    logLevel: 'silent',
  });
  return { path, directory, remove: () => rm(directory, { recursive: true }) };
}
