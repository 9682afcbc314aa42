import type { Digest } from '#domain/registry/digest.ts';
import { bundleText } from './bundle.ts';
import { type Envelope, envelopeOf, signingDigest } from './dsse.ts';
import { type ArtifactFile, omsStatement } from './oms.ts';
import type { PublicKey } from './public-key.ts';
import { type Statement, statementBytes } from './statement.ts';

/** Whoever holds a P-256 key. */
export interface Signer {
  publicKey(): Promise<PublicKey>;
  /** DER signature of the message that has this SHA-256. */
  sign(digest: Digest): Promise<Uint8Array>;
}

export interface SignedArtifact {
  /** Root digest over the files. */
  readonly digest: Digest;
  /** Text of the file that goes beside them as `model.sig`. */
  readonly bundle: string;
}

/**
 * Signs the files of a directory by OMS v1.0.
 * @throws RangeError naming the path that cannot be signed.
 */
export async function signArtifact(
  directory: string,
  files: readonly ArtifactFile[],
  signer: Signer,
): Promise<SignedArtifact> {
  const statement = omsStatement(directory, files);
  const payload = statementBytes(statement);
  const key = await signer.publicKey();
  const signature = await signer.sign(signingDigest(payload));
  return { digest: statement.digest, bundle: bundleText(payload, signature, key) };
}

/** Signs an attestation: a gate's verdict or an admission. */
export async function signStatement(statement: Statement, signer: Signer): Promise<Envelope> {
  const payload = statementBytes(statement);
  return envelopeOf(payload, await signer.sign(signingDigest(payload)));
}
