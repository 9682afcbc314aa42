import { createHash } from 'node:crypto';
import {
  ArtifactRecord,
  type EvidencePointer,
  type PinnedFile,
} from '#domain/registry/artifact.ts';
import { LAMBDA, sameBackend } from '#domain/registry/backend.ts';
import { MANIFEST_FILE, type Manifest, parseManifest } from '#domain/registry/manifest.ts';
import { problemText } from '#domain/registry/problem.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { type AdmissionScope, judgeAdmission } from '#domain/signing/admission.ts';
import { verifyArtifact } from '#domain/signing/verify-bundle.ts';
import { available, mismatch, type Outcome, Unavailable } from './outcome.ts';
import type { ArtifactReader, EvidenceReader, PublicKeys } from './ports.ts';

/** A version whose papers have been verified: signature over its files, and leave to serve it. */
export interface VouchedVersion {
  /** As signed: paths and hashes may be relied on. */
  readonly files: readonly PinnedFile[];
  /** Read from the signed manifest.json, not from a copy. */
  readonly manifest: Manifest;
}

export interface VouchPorts {
  readonly evidence: EvidenceReader;
  readonly artifacts: ArtifactReader;
  readonly keys: PublicKeys;
  /** Of the admission that a version needs here: one of another scope is none. */
  readonly scope: AdmissionScope;
}

/**
 * Verifies that the artifact key signed exactly the files of this version, and that the
 * attestation key admitted exactly this version within this function's scope.
 * @throws Unavailable when a paper or a key cannot be read.
 */
export async function vouch(
  ports: VouchPorts,
  version: VersionRecord,
): Promise<Outcome<VouchedVersion>> {
  const { tenant, model, digest, signature } = version;
  const { scope } = ports;
  const admission = admissionOf(version, scope);
  if (!signature) return mismatch('signature', 'none', 'one by the artifact key');
  if (!admission) return mismatch('admission', 'none', `one of scope ${scope}`);
  const [record, bundle, envelope, artifactKey, attestationKey] = await Promise.all([
    paper(ports.evidence, 'artifact record', version.artifact),
    paper(ports.evidence, 'signature', signature),
    paper(ports.evidence, 'admission', admission),
    available('the artifact key', ports.keys.artifact()),
    available('the attestation key', ports.keys.attestation()),
  ]);
  if (!record.ok) return record;
  if (!bundle.ok) return bundle;
  if (!envelope.ok) return envelope;

  const artifact = ArtifactRecord.safeParse(jsonOf(record.value));
  if (!artifact.success || artifact.data.digest !== digest) {
    const got = artifact.success ? artifact.data.digest : 'another document';
    return mismatch('artifact record', got, digest);
  }
  const { files } = artifact.data;
  const signed = verifyArtifact(bundle.value, artifactKey, files);
  if (signed.outcome !== 'verified') {
    return mismatch('signature', signed.reason, `the artifact key's over ${digest}`);
  }
  if (signed.digest !== digest) return mismatch('signature', signed.digest, digest);

  const subject = { tenant, model, version: version.version };
  const admitted = judgeAdmission(envelope.value, attestationKey, { subject, digest, scope });
  if (admitted.outcome !== 'admitted') {
    return mismatch('admission', admitted.reason, `the attestation key's for ${digest}`);
  }
  const manifest = await signedManifest(ports.artifacts, files);
  if (!manifest.ok) return manifest;
  const { backend } = manifest.value.serving ?? {};
  if (!sameBackend(version.backend, backend)) {
    const [got, expected] = [version.backend, backend].map((one = LAMBDA) => JSON.stringify(one));
    return mismatch('backend', `${got}`, `${expected}`);
  }
  return { ok: true, value: { files, manifest: manifest.value } };
}

export function admissionOf(
  version: VersionRecord,
  scope: AdmissionScope,
): EvidencePointer | undefined {
  return scope === 'STAGING' ? version.stagingAdmission : version.admission;
}

async function paper(
  evidence: EvidenceReader,
  what: string,
  pointer: EvidencePointer,
): Promise<Outcome<string>> {
  try {
    return { ok: true, value: new TextDecoder().decode(await evidence.read(pointer)) };
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== 'EvidenceAltered') {
      throw new Unavailable(`the ${what}`, cause);
    }
    return mismatch(what, cause.message, `SHA-256 ${pointer.sha256}`);
  }
}

async function signedManifest(
  artifacts: ArtifactReader,
  files: readonly PinnedFile[],
): Promise<Outcome<Manifest>> {
  const file = files.find(({ path }) => path === MANIFEST_FILE);
  if (!file) return mismatch(MANIFEST_FILE, 'no such file', 'it among the signed files');
  const bytes = await available(MANIFEST_FILE, readUpTo(artifacts, file));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== file.sha256) return mismatch(MANIFEST_FILE, sha256, file.sha256);
  const parsed = parseManifest(new TextDecoder().decode(bytes));
  if (parsed.ok) return { ok: true, value: parsed.manifest };
  return mismatch(MANIFEST_FILE, parsed.problems.map(problemText).join('; '), 'a valid manifest');
}

/** One byte more than expected is enough to know that the file has changed. */
async function readUpTo(artifacts: ArtifactReader, file: PinnedFile): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of await artifacts.open(file)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > file.size) break;
  }
  return Buffer.concat(chunks);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
