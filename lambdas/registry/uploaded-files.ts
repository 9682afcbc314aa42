import type { ArtifactBucket } from '#aws/artifact-bucket.ts';
import type { PinnedFile } from '#domain/registry/artifact.ts';
import { MANIFEST_FILE, type Manifest } from '#domain/registry/manifest.ts';
import type { Problem } from '#domain/registry/problem.ts';
import { inParallel } from '../in-parallel.ts';

export type UploadedFiles =
  | { readonly ok: true; readonly files: readonly PinnedFile[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Pins what lies under `prefix` and compares it with the manifest: every listed file must be
 * there with its size and SHA-256, and nothing else may lie beside them.
 */
export async function pinUploadedFiles(
  artifacts: Pick<ArtifactBucket, 'list' | 'hash'>,
  prefix: string,
  manifest: Manifest,
): Promise<UploadedFiles> {
  const found = new Map((await artifacts.list(prefix)).map((file) => [file.key, file]));
  found.delete(`${prefix}${MANIFEST_FILE}`);
  const problems: Problem[] = [];
  const present: PinnedFile[] = [];
  for (const { path, size, sha256 } of manifest.files) {
    const file = found.get(`${prefix}${path}`);
    found.delete(`${prefix}${path}`);
    if (!file) {
      problems.push(problem(path, 'no such object', `a file of ${size} bytes`, 'upload it'));
    } else if (file.size !== size) {
      problems.push(problem(path, `${file.size} bytes`, `${size} bytes`, MEND));
    } else {
      present.push({ path, sha256, size, key: file.key, versionId: file.versionId });
    }
  }
  for (const key of found.keys()) {
    const path = key.slice(prefix.length);
    problems.push(problem(path, 'an unlisted file', 'only files that "files" lists', LIST_IT));
  }
  // Hashing takes the time: only an upload that is otherwise right gets that far.
  if (problems.length > 0) return { ok: false, problems };
  const wrong = await wrongHashes(artifacts, present);
  return wrong.length > 0 ? { ok: false, problems: wrong } : { ok: true, files: present };
}

async function wrongHashes(
  artifacts: Pick<ArtifactBucket, 'hash'>,
  files: readonly PinnedFile[],
): Promise<Problem[]> {
  const problems = await inParallel(files, async (file) => {
    const sha256 = await artifacts.hash(file);
    return sha256 === file.sha256
      ? []
      : [problem(file.path, `SHA-256 ${sha256}`, `SHA-256 ${file.sha256}`, MEND)];
  });
  return problems.flat().sort((a, b) => (a.field < b.field ? -1 : 1));
}

const LIST_IT = 'list it, or upload everything but this file under a new upload id';
const MEND = 'upload the file again, or correct "files", then upload manifest.json last';

const problem = (path: string, got: string, expected: string, remedy: string): Problem => ({
  field: `file "${path}"`,
  got,
  expected,
  remedy: remedy === MEND ? MEND : `${remedy}, then upload manifest.json last`,
});
