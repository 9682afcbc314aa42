import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArtifactBucket } from '#aws/artifact-bucket.ts';
import type { PinnedFile } from '#domain/registry/artifact.ts';
import { inParallel } from './in-parallel.ts';

/** Where an artifact's file is no longer what was registered. */
export interface Mismatch {
  readonly path: string;
  readonly got: string;
  readonly expected: string;
}

/**
 * Streams pinned files into `directory`, under their own paths, hashing as they pass; what does
 * not match is reported and must not be used. Paths are those of a checked manifest: relative
 * and inside.
 */
export async function fetchFiles(
  artifacts: Pick<ArtifactBucket, 'open'>,
  files: readonly PinnedFile[],
  directory: string,
): Promise<Mismatch[]> {
  const mismatches = await inParallel(files, async (file) =>
    mismatchOf(file, await fetchFile(artifacts, file, join(directory, file.path))),
  );
  return mismatches.flat();
}

/** Compares pinned files with what was registered, and keeps none of them. */
export async function compareFiles(
  artifacts: Pick<ArtifactBucket, 'open'>,
  files: readonly PinnedFile[],
): Promise<Mismatch[]> {
  const mismatches = await inParallel(files, async (file) => {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of await artifacts.open(file)) {
      hash.update(chunk);
      size += chunk.length;
    }
    return mismatchOf(file, { size, sha256: hash.digest('hex') });
  });
  return mismatches.flat();
}

const mismatchOf = (file: PinnedFile, got: { size: number; sha256: string }): Mismatch[] =>
  got.sha256 === file.sha256 && got.size === file.size
    ? []
    : [
        {
          path: file.path,
          got: `${got.size} bytes with SHA-256 ${got.sha256}`,
          expected: `${file.size} bytes with SHA-256 ${file.sha256}`,
        },
      ];

async function fetchFile(
  artifacts: Pick<ArtifactBucket, 'open'>,
  file: PinnedFile,
  target: string,
): Promise<{ size: number; sha256: string }> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  let size = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(await artifacts.open(file), meter, createWriteStream(target, { mode: 0o600 }));
  return { size, sha256: hash.digest('hex') };
}
