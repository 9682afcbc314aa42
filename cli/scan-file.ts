import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteSource } from '#domain/gates/scan/byte-source.ts';
import type { ScannedFile } from '#domain/gates/scan/scan-artifact.ts';
import type { Check } from '#domain/gates/verdict.ts';
import { cannotRead } from './failure.ts';

/** What lies under some paths. */
export interface FilesToScan {
  readonly files: readonly ScannedFile[];
  /** What is there and no file: links are not followed. */
  readonly others: readonly Check[];
}

/**
 * Every file at or below the paths, folders and all they hold, each under the path that leads to it.
 * @throws Failure for a path that is not there.
 */
export async function filesToScan(paths: readonly string[]): Promise<FilesToScan> {
  const files = new Map<string, ScannedFile>();
  const others = new Map<string, Check>();
  const walk = async (path: string): Promise<void> => {
    const found = await lstat(path).catch((cause: unknown) => {
      const expected = 'a file or folder that can be read';
      throw cannotRead(path, { expected, remedy: 'correct the path' }, cause);
    });
    if (found.isDirectory()) {
      for (const name of await readdir(path)) await walk(join(path, name));
    } else if (found.isFile()) {
      files.set(path, { path, source: sourceOf(path, found.size) });
    } else {
      others.set(path, notAFile(path, found.isSymbolicLink()));
    }
  };
  for (const path of paths) await walk(path);
  return { files: [...files.values()], others: [...others.values()] };
}

const notAFile = (where: string, isLink: boolean): Check => ({
  id: isLink ? 'artifact.link' : 'artifact.special',
  verdict: 'fail',
  message: `is ${isLink ? 'a symbolic link, which was not followed' : 'a device, pipe or socket'}; replace it by a plain file`,
  where,
});

/** Opened for each read: a folder may hold more files than a process may keep open. */
const sourceOf = (path: string, size: number): ByteSource => ({
  size,
  read: async (offset, length) => {
    // Not even a link that took the file's place since it was listed is followed.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(
          bytes,
          filled,
          bytes.length - filled,
          offset + filled,
        );
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    } finally {
      await file.close();
    }
  },
});
