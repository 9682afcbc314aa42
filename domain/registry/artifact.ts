import * as z from 'zod/mini';
import { Manifest } from './manifest.ts';

const Hex = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/** A document in the evidence bucket, pinned by S3 version and by hash. */
export const EvidencePointer = z.strictObject({
  key: z.string(),
  versionId: z.string(),
  sha256: Hex,
});
export type EvidencePointer = z.infer<typeof EvidencePointer>;

/** One file of an artifact, pinned to the bytes that were hashed at registration. */
export const PinnedFile = z.strictObject({
  /** POSIX path within the artifact. */
  path: z.string(),
  sha256: Hex,
  /** Bytes. */
  size: z.int(),
  /** Object key in the artifact bucket. */
  key: z.string(),
  versionId: z.string(),
});
export type PinnedFile = z.infer<typeof PinnedFile>;

/**
 * `assay.artifact/v1`: what a version consists of, kept in the evidence bucket and pointed to
 * by the registry. `files` includes manifest.json and is in code-point order of path.
 */
export const ArtifactRecord = z.strictObject({
  schema: z.literal('assay.artifact/v1'),
  digest: Hex,
  bucket: z.string(),
  files: z.array(PinnedFile),
  manifest: Manifest,
});
export type ArtifactRecord = z.infer<typeof ArtifactRecord>;
