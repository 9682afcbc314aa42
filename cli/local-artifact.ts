import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_FILE, type Manifest, parseManifest } from '#domain/registry/manifest.ts';
import type { Problem } from '#domain/registry/problem.ts';
import { normaliseVersion } from '#domain/registry/versions.ts';
import { type ArtifactFile, resourcesOf, rootDigest } from '#domain/signing/oms.ts';
import { hashFile, listFolder } from './artifact-folder.ts';
import { codeOf, messageOf } from './failure.ts';

/** A folder that agrees with its manifest, ready to upload. */
export interface LocalArtifact {
  readonly manifest: Manifest;
  /** The very bytes that were checked: what is uploaded cannot have changed since. */
  readonly manifestBytes: Buffer;
  /** What the version's digest will be. */
  readonly digest: string;
}

type Checked =
  | { readonly ok: true; readonly artifact: LocalArtifact }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const REMEDY = 'correct the folder, or draft the manifest again with "assay init --force"';

/** Makes every check that registration will make and that needs no registry. */
export async function readLocalArtifact(folder: string): Promise<Checked> {
  const { files: found, problems: unfit } = await listFolder(folder);
  const manifestBytes = await readFile(join(folder, MANIFEST_FILE)).catch((error: unknown) =>
    problem(
      MANIFEST_FILE,
      codeOf(error) === 'ENOENT' ? 'no such file' : messageOf(error),
      'a manifest beside the files',
      `draft one with "assay init ${folder}"`,
    ),
  );
  if (!Buffer.isBuffer(manifestBytes)) return refused([manifestBytes]);
  const parsed = parseManifest(manifestBytes.toString('utf8'));
  if (!parsed.ok) return refused(parsed.problems);
  const { manifest } = parsed;

  const problems = [...unfit, ...versionProblems(manifest)];
  const sizes = new Map(found.map(({ path, size }) => [path, size]));
  sizes.delete(MANIFEST_FILE);
  for (const { path, size, sha256 } of manifest.files) {
    const actual = sizes.get(path);
    sizes.delete(path);
    if (actual === undefined) {
      problems.push(problem(path, 'no such file', `a file of ${size} bytes`, REMEDY));
    } else if (actual !== size) {
      problems.push(problem(path, `${actual} bytes`, `${size} bytes`, REMEDY));
    } else {
      const hash = await hashFile(join(folder, path));
      if (hash !== sha256) {
        problems.push(problem(path, `SHA-256 ${hash}`, `SHA-256 ${sha256}`, REMEDY));
      }
    }
  }
  for (const path of sizes.keys()) {
    problems.push(problem(path, 'an unlisted file', 'only files that "files" lists', REMEDY));
  }
  if (problems.length > 0) return refused(problems);
  return sealed(manifest, manifestBytes);
}

function sealed(manifest: Manifest, manifestBytes: Buffer): Checked {
  const sha256 = createHash('sha256').update(manifestBytes).digest('hex');
  const files: ArtifactFile[] = [...manifest.files, { path: MANIFEST_FILE, sha256 }];
  const resources = resourcesOf(files);
  if (!resources.ok) {
    return refused([
      problem('files', resources.reason, 'paths that a model signature can cover', REMEDY),
    ]);
  }
  return {
    ok: true,
    artifact: { manifest, manifestBytes, digest: rootDigest(resources.value) },
  };
}

function versionProblems({ version }: Manifest): Problem[] {
  const read = version === undefined ? undefined : normaliseVersion(version);
  return read && !read.ok ? [read.problem] : [];
}

const refused = (problems: readonly Problem[]): Checked => ({ ok: false, problems });

const problem = (path: string, got: string, expected: string, remedy: string): Problem => ({
  field: path === 'files' || path === MANIFEST_FILE ? path : `file ${JSON.stringify(path)}`,
  got,
  expected,
  remedy,
});
