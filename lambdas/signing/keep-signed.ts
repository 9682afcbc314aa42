import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { envelopeText, openEnvelope } from '#domain/signing/dsse.ts';
import { type Signer, signStatement } from '#domain/signing/signer.ts';
import type { Statement } from '#domain/signing/statement.ts';

/** A signed document, and what is wrong with one that is found in its place. */
interface Signed {
  /** For messages: "signature of churn-1.0.0". */
  readonly what: string;
  readonly key: string;
  readonly text: string;
  readonly contentType: string;
  readonly problemOf: (stored: string) => string | undefined;
}

export const DSSE_ENVELOPE = 'application/vnd.dsse.envelope.v1+json';

/**
 * Stores a signed document once. A retry may find an earlier one in its place: ECDSA makes
 * another signature each time, so any will do that says the same and verifies.
 * @throws Error when what is stored has a problem.
 */
export async function keepSigned(
  evidence: Pick<EvidenceBucket, 'put' | 'read'>,
  { what, key, text, contentType, problemOf }: Signed,
): Promise<EvidencePointer> {
  const pointer = await evidence.put(key, new TextEncoder().encode(text), contentType);
  const problem = problemOf(new TextDecoder().decode(await evidence.read(pointer)));
  if (problem !== undefined) throw new Error(`the stored ${what} ${problem}`);
  return pointer;
}

/** Signs a statement and stores its envelope once. */
export async function keepStatement(
  { evidence, signer }: StatementPorts,
  statement: Statement,
  { what, key }: Pick<Signed, 'what' | 'key'>,
): Promise<EvidencePointer> {
  const publicKey = await signer.publicKey();
  return keepSigned(evidence, {
    what,
    key,
    text: envelopeText(await signStatement(statement, signer)),
    contentType: DSSE_ENVELOPE,
    problemOf: (stored) => {
      const opened = openEnvelope(stored, publicKey);
      if (!opened.ok) return opened.reason;
      return hashOf(opened.value) === hashOf(statement) ? undefined : 'says something else';
    },
  });
}

interface StatementPorts {
  readonly evidence: Pick<EvidenceBucket, 'put' | 'read'>;
  readonly signer: Signer;
}
