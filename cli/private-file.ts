import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type * as z from 'zod/mini';
import { codeOf, failed, messageOf } from './failure.ts';

/** Writes JSON that only its owner may read, in one step: a reader never sees half of it. */
export async function writePrivateJson(path: string, value: unknown): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const draft = `${path}.${process.pid}.tmp`;
  await rm(draft, { force: true });
  await writeFile(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  await rename(draft, path);
}

/** The value, or undefined when there is no such file. */
export async function readPrivateJson<T>(
  path: string,
  schema: z.ZodMiniType<T>,
  remedy: string,
): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw failed({ field: path, got: messageOf(error), expected: 'a readable file', remedy });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw failed(
      { field: path, got: 'something else', expected: 'a file written by assay', remedy },
      { cause },
    );
  }
}
