import type { ArtifactRecord, PinnedFile } from '#domain/registry/artifact.ts';

/** @throws Error for a path that the manifest's own check would have refused. */
export function fileOf({ files }: ArtifactRecord, path: string): PinnedFile {
  const file = files.find((candidate) => candidate.path === path);
  if (!file) throw new Error(`the artifact has no file "${path}"`);
  return file;
}
