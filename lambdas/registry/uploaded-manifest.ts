import type { ArtifactBucket } from '#aws/artifact-bucket.ts';
import type { PinnedFile } from '#domain/registry/artifact.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import type { ObjectVersion } from '#domain/registry/keys.ts';
import { MANIFEST_FILE, type Manifest, parseManifest } from '#domain/registry/manifest.ts';
import type { Problem } from '#domain/registry/problem.ts';
import { isIgnored, pathFault } from '#domain/signing/artifact-path.ts';
import type { Claim } from './claim.ts';

type Read =
  | { readonly ok: true; readonly manifest: Manifest; readonly file: PinnedFile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Ten thousand files with paths of 512 characters take 7 MiB. */
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

/** Reads the claimed manifest and holds it against the key, which says whose upload it is. */
export async function readManifest(
  artifacts: Pick<ArtifactBucket, 'readUpTo'>,
  object: ObjectVersion,
  claim: Claim,
): Promise<Read> {
  const bytes = await artifacts.readUpTo(object, MAX_MANIFEST_BYTES);
  if (!bytes) return { ok: false, problems: [TOO_LONG] };
  const parsed = parseManifest(new TextDecoder().decode(bytes));
  if (!parsed.ok) return parsed;
  const { manifest } = parsed;
  const problems = [...disagreements(manifest, claim), ...unsignable(manifest)];
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    manifest,
    file: {
      path: MANIFEST_FILE,
      sha256: sha256Hex(bytes),
      size: bytes.length,
      key: object.key,
      versionId: object.versionId,
    },
  };
}

const TOO_LONG: Problem = {
  field: MANIFEST_FILE,
  got: `more than ${MAX_MANIFEST_BYTES} bytes`,
  expected: `at most ${MAX_MANIFEST_BYTES} bytes`,
  remedy: 'put fewer files into one artifact, or shorten the description of each',
};

const disagreements = (manifest: Manifest, { tenant, model }: Claim): Problem[] =>
  (
    [
      ['tenant', manifest.tenant ?? tenant, tenant],
      ['name', manifest.name, model],
    ] as const
  )
    .filter(([, got, expected]) => got !== expected)
    .map(([field, got, expected]) => ({
      field,
      got: `"${got}"`,
      expected: `"${expected}", as the upload's key says`,
      remedy: 'correct manifest.json, or upload under the other key',
    }));

/** Files that a signature leaves out, or that no signature can name, must not be in an artifact. */
const unsignable = ({ files }: Manifest): Problem[] =>
  files.flatMap(({ path }, i) => {
    const fault = isIgnored(path) ? 'is a name that model signatures leave out' : pathFault(path);
    return fault
      ? [
          {
            field: `files[${i}].path`,
            got: `"${path}", which ${fault}`,
            expected: 'a file that the signature can cover',
            remedy: 'rename or remove the file, then upload manifest.json again',
          },
        ]
      : [];
  });
