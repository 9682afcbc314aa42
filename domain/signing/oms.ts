import { hexToBytes } from '@noble/hashes/utils.js';
import { type Digest, parseDigest, sha256Hex } from '#domain/registry/digest.ts';
import { byCodePoint, IGNORED_PATHS, isIgnored, pathFault } from './artifact-path.ts';
import { type Parsed, refused } from './parsed.ts';
import type { Statement } from './statement.ts';

/** Predicate of OpenSSF Model Signing v1.0. */
export const OMS_PREDICATE = 'https://model_signing/signature/v1.0';

/** A regular file of an artifact. Whoever lists files refuses symbolic links. */
export interface ArtifactFile {
  /** POSIX path within the artifact. */
  readonly path: string;
  /** Of the file's bytes, 64 lowercase hex digits. */
  readonly sha256: string;
}

export interface Resource {
  readonly name: string;
  readonly algorithm: 'sha256';
  readonly digest: Digest;
}

/** The files that a signature covers, in code-point order of their paths. */
export function resourcesOf(files: readonly ArtifactFile[]): Parsed<readonly Resource[]> {
  const resources = files
    .filter(({ path }) => !isIgnored(path))
    .map(({ path, sha256 }) => resource(path, parseDigest(sha256)))
    .sort((a, b) => byCodePoint(a.name, b.name));
  const fault = resourcesFault(resources);
  return fault === undefined ? { ok: true, value: resources } : refused(fault);
}

/** What makes a list of resources unfit to be signed or believed, or undefined. */
export function resourcesFault(resources: readonly Resource[]): string | undefined {
  if (resources.length === 0) return 'no file is signed';
  for (const [at, { name }] of resources.entries()) {
    const fault = isIgnored(name) ? 'is one that signatures leave out' : pathFault(name);
    if (fault) return `path '${name}' ${fault}`;
    const before = resources[at - 1]?.name;
    if (before === undefined || byCodePoint(before, name) < 0) continue;
    return before === name
      ? `path '${name}' is listed twice`
      : `path '${name}' is listed after '${before}', against code-point order (OMS v1.0, 5.2.1)`;
  }
  return undefined;
}

/** SHA-256 of the raw digests, one after the other: the digest that a version goes by. */
export const rootDigest = (resources: readonly Resource[]): Digest =>
  sha256Hex(hexToBytes(resources.map(({ digest }) => digest).join('')));

/**
 * The OMS v1.0 statement about a directory.
 * @throws RangeError naming the path that cannot be signed.
 */
export function omsStatement(directory: string, files: readonly ArtifactFile[]): Statement {
  const resources = resourcesOf(files);
  if (!resources.ok) throw new RangeError(`cannot sign '${directory}': ${resources.reason}`);
  return {
    name: directory,
    digest: rootDigest(resources.value),
    predicateType: OMS_PREDICATE,
    predicate: {
      resources: resources.value,
      serialization: {
        method: 'files',
        hash_type: 'sha256',
        allow_symlinks: false,
        ignore_paths: IGNORED_PATHS,
      },
    },
  };
}

const resource = (name: string, digest: Digest): Resource => ({
  name,
  algorithm: 'sha256',
  digest,
});
