import * as z from 'zod/mini';
import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { GateRecord, GateResults } from '#aws/gate-results.ts';
import { judgeAttestation } from '#domain/gates/attestation.ts';
import { ReferenceProfile } from '#domain/gates/performance/reference-profile.ts';
import { EvidencePointer } from '#domain/registry/artifact.ts';
import { type Digest, parseDigest } from '#domain/registry/digest.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { PublicKey } from '#domain/signing/public-key.ts';
import { Sha256 } from '#domain/signing/statement.ts';

const GATE = 'performance';

interface ProfilePorts {
  readonly results: Pick<GateResults, 'get'>;
  readonly evidence: Pick<EvidenceBucket, 'read' | 'readJson'>;
}

type Version = Subject & { readonly digest: Digest };

/** What a version's traffic is compared with, and the hash that counts name it by. */
export interface Referenced {
  readonly profile: ReferenceProfile;
  readonly sha256: Digest;
}

/** Of the report what leads on to the profile. */
const Report = z.looseObject({
  gate: z.literal(GATE),
  tenant: z.string(),
  model: z.string(),
  version: z.string(),
  digest: Sha256,
  evidence: z.looseObject({ referenceProfile: z.optional(EvidencePointer) }),
});

/**
 * The reference profile of a version, by the result of its performance gate; undefined where that
 * has none. Every document has the hash that the one before it says.
 * @throws Error when a document cannot be read, was altered, or is of another version.
 */
export async function referenceProfileOf(
  ports: ProfilePorts,
  version: Version,
): Promise<Referenced | undefined> {
  const record = await resultOf(ports, version);
  return record && profileOf(ports, version, record);
}

/**
 * The same, once the attestation key's statement of that result was verified: what a check decides
 * by must not rest on the registry alone.
 * @throws Error also when the result has no such attestation.
 */
export async function attestedProfileOf(
  ports: ProfilePorts & { readonly key: () => Promise<PublicKey> },
  version: Version,
): Promise<Referenced | undefined> {
  const record = await resultOf(ports, version);
  if (!record) return undefined;
  const { attestation, result, gate } = record;
  const of = `the ${GATE} result of ${version.model} ${version.version}`;
  if (!attestation) {
    throw new Error(`${of} has no attestation; expected one by the attestation key`);
  }
  const [bytes, key] = await Promise.all([ports.evidence.read(attestation), ports.key()]);
  const { sha256 } = result;
  const expected = { subject: version, digest: version.digest, gate, sha256 };
  const judged = judgeAttestation(new TextDecoder().decode(bytes), key, expected);
  if (!judged.ok) throw new Error(`${of} is not attested: ${judged.reason}`);
  return profileOf(ports, version, record);
}

/** A result on other bytes says nothing of this version. */
async function resultOf(
  { results }: ProfilePorts,
  version: Version,
): Promise<GateRecord | undefined> {
  const record = await results.get(version, GATE);
  return record?.digest === version.digest ? record : undefined;
}

async function profileOf(
  { evidence }: ProfilePorts,
  { tenant, model, version, digest }: Version,
  { result }: GateRecord,
): Promise<Referenced | undefined> {
  const report = Report.parse(await evidence.readJson(result));
  const expected = { tenant, model, version, digest };
  for (const field of ['tenant', 'model', 'version', 'digest'] as const) {
    if (report[field] === expected[field]) continue;
    throw new Error(
      `${result.key} is of ${field} ${report[field]}, expected ${expected[field]}: look into who wrote it`,
    );
  }
  const pointer = report.evidence.referenceProfile;
  if (!pointer) return undefined;
  const profile = ReferenceProfile.parse(await evidence.readJson(pointer));
  return { profile, sha256: parseDigest(pointer.sha256) };
}
