import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '#domain/registry/problem.ts';
import { byCodePoint, isIgnored } from '#domain/signing/artifact-path.ts';
import { cannotRead } from './failure.ts';

interface FolderFile {
  /** POSIX path within the folder. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

export interface FolderListing {
  /** Regular files, in code-point order of path; what signatures ignore is left out. */
  readonly files: readonly FolderFile[];
  /** Links, devices and names that no artifact may hold. */
  readonly problems: readonly Problem[];
}

/** Lists an artifact's folder by the rules of OpenSSF Model Signing v1.0 (6.1, 6.2). */
export async function listFolder(root: string): Promise<FolderListing> {
  const files: FolderFile[] = [];
  const problems: Problem[] = [];
  const refuse = (path: string, got: string, expected: string): void => {
    problems.push({
      field: `file ${JSON.stringify(path)}`,
      got,
      expected,
      remedy: 'remove it from the folder, or replace it by a plain file',
    });
  };
  const walk = async (below: string): Promise<void> => {
    for (const entry of await entriesOf(root, below)) {
      const name = nameOf(entry.name);
      if (name === undefined) {
        refuse(below + entry.name.toString('latin1'), 'a name that is not UTF-8', 'a UTF-8 name');
        continue;
      }
      const path = below + name;
      if (isIgnored(path)) continue;
      if (entry.isDirectory()) await walk(`${path}/`);
      else if (entry.isFile()) files.push({ path, size: (await stat(join(root, path))).size });
      else refuse(path, entry.isSymbolicLink() ? 'a symbolic link' : 'no plain file', 'a file');
    }
  };
  await walk('');
  return { files: files.sort((a, b) => byCodePoint(a.path, b.path)), problems };
}

const entriesOf = async (root: string, below: string) =>
  readdir(join(root, below), { withFileTypes: true, encoding: 'buffer' }).catch(
    (cause: unknown) => {
      const expected = "the folder with the artifact's files";
      throw cannotRead(join(root, below), { expected, remedy: 'correct the path' }, cause);
    },
  );

function nameOf(bytes: Buffer): string | undefined {
  const name = bytes.toString('utf8');
  return Buffer.from(name, 'utf8').equals(bytes) ? name : undefined;
}

/** SHA-256 of a file, 64 lowercase hex digits. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}
