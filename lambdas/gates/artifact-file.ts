import type { ArtifactBucket } from '#aws/artifact-bucket.ts';
import type { ArtifactRecord, PinnedFile } from '#domain/registry/artifact.ts';
import type { DataFile } from '#node/rows/data-file.ts';

/** @throws Error for a path that the manifest's own check would have refused. */
export function fileOf({ files }: ArtifactRecord, path: string): PinnedFile {
  const file = files.find((candidate) => candidate.path === path);
  if (!file) throw new Error(`the artifact has no file "${path}"`);
  return file;
}

/** A pinned version as a file of rows: what is judged cannot be exchanged meanwhile. */
export const artifactFile = (
  artifacts: Pick<ArtifactBucket, 'open' | 'readRange'>,
  file: PinnedFile,
): DataFile => ({
  path: file.path,
  size: file.size,
  open: () => artifacts.open(file),
  read: (offset, length) => artifacts.readRange(file, offset, length),
});
