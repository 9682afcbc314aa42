import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const project = fileURLToPath(new URL('../../', import.meta.url));

/** The process that measures memory as a function carries it: bundled, ONNX Runtime beside it. */
export interface MemoryChild {
  readonly path: string;
  readonly directory: string;
  remove(): Promise<void>;
}

export async function bundleMemoryChild(): Promise<MemoryChild> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-child-'));
  const path = join(directory, 'peak-memory-child.mjs');
  await symlink(join(project, 'node_modules'), join(directory, 'node_modules'));
  await build({
    entryPoints: [join(project, 'lambdas/onnx/peak-memory-child.ts')],
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
