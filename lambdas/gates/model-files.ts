import type { ArtifactRecord, PinnedFile } from '#domain/registry/artifact.ts';

/** What the session may read: all files but the rows that judge or trained it, or tell of them. */
export function modelFiles({ files, manifest }: ArtifactRecord): PinnedFile[] {
  const { evaluation, training, referenceDistribution } = manifest;
  const others = [evaluation?.dataset, training?.dataset, referenceDistribution];
  return files.filter(({ path }) => !others.includes(path));
}
