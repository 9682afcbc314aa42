import { parseManifest } from '#domain/registry/manifest.ts';
import { normaliseVersion } from '#domain/registry/versions.ts';
import type { ArtifactFile } from '#domain/signing/oms.ts';
import { type PublicKey, parsePublicKey } from '#domain/signing/public-key.ts';
import { type SignatureVerdict, verifyArtifact } from '#domain/signing/verify-bundle.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { failed, messageOf } from './failure.ts';
import type { VersionRef } from './model-ref.ts';

/** What `verify` and `download` report. */
export interface Verification {
  readonly outcome: SignatureVerdict['outcome'];
  readonly reason?: string;
  readonly digest?: string;
  /** Files that the signature covers. */
  readonly files?: number;
  /** Which key it was, and whose word that rests on. */
  readonly key: { readonly hint: string; readonly from: string };
}

export const VERIFICATION_EXIT: Readonly<Record<Verification['outcome'], ExitCode>> = {
  verified: EXIT.ok,
  invalid: EXIT.refused,
  unsupported: EXIT.undecided,
};

export function readKey(pem: string, from: string): PublicKey {
  try {
    return parsePublicKey(pem);
  } catch (cause) {
    throw failed(
      {
        field: `public key from ${from}`,
        got: messageOf(cause),
        expected: 'the PEM of an ECDSA P-256 public key',
        remedy: 'take the one that "GET /governance/keys" gives as "artifact"',
      },
      { cause },
    );
  }
}

/** Judges a signature over files that were hashed here. Offline: it needs nothing but these. */
export function verification(
  bundle: string,
  key: PublicKey,
  from: string,
  files: readonly ArtifactFile[],
): Verification {
  const verdict = verifyArtifact(bundle, key, files);
  const of = { key: { hint: key.hint, from } };
  return verdict.outcome === 'verified'
    ? { outcome: verdict.outcome, digest: verdict.digest, files: verdict.resources.length, ...of }
    : { ...verdict, ...of };
}

/**
 * A verified signature is of bytes only; that they are this version's is what the manifest among
 * them says. Another signed version handed out under this name is invalid.
 */
export function ofVersion(
  result: Verification,
  { model, version }: VersionRef,
  manifestText: string,
): Verification {
  if (result.outcome !== 'verified') return result;
  const manifest = parseManifest(manifestText);
  if (!manifest.ok) {
    return { ...result, outcome: 'invalid', reason: 'the manifest among the files is malformed' };
  }
  const { name, version: named } = manifest.manifest;
  const normal = named === undefined ? undefined : normaliseVersion(named);
  if (name === model && (!normal?.ok || normal.version === version)) return result;
  return {
    ...result,
    outcome: 'invalid',
    reason: `the signed manifest is of ${name}@${named ?? '?'}, expected ${model}@${version}`,
  };
}
