import { readFileSync } from 'node:fs';
import type { Approval } from '#domain/access/approval.ts';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import type { ArtifactRecord } from '#domain/registry/artifact.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { type Digest, sha256Hex } from '#domain/registry/digest.ts';
import { artifactRecordKey, policyDocumentKey } from '#domain/registry/evidence-key.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import type { ReleaseRef } from '#domain/registry/release-ref.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { byCodePoint } from '#domain/signing/artifact-path.ts';
import { resourcesOf, rootDigest } from '#domain/signing/oms.ts';
import type { MemoryArtifacts } from './memory-artifacts.ts';
import type { MemoryEvidence } from './memory-evidence.ts';

const fixtures = new URL('../domain/registry/fixtures/', import.meta.url);

/** A logistic regression over the four measures of an iris, as skl2onnx wrote it. */
const linearOnnx = readFileSync(new URL('linear.onnx', fixtures));

/** Not an ONNX file: random bytes. */
export const randomOnnx = readFileSync(new URL('random.onnx', fixtures));

/** What `linearOnnx` takes and gives. */
export const linearIo: Manifest['io'] = {
  inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 4] }],
  outputs: [
    { name: 'label', datatype: 'INT64', shape: [-1] },
    { name: 'probabilities', datatype: 'FP32', shape: [-1, 3] },
  ],
};

export type Files = Readonly<Record<string, Uint8Array | string>>;

export const sampleFiles: Files = { 'model.onnx': linearOnnx, 'data/eval.csv': 'a,b\n1,2\n' };

/** A manifest that lists `files` truly. */
export function manifestOf(files: Files = sampleFiles, fields: Partial<Manifest> = {}): Manifest {
  return {
    schema: 'assay.manifest/v1',
    name: 'iris',
    ...(fields.version === undefined && { bump: 'auto' }),
    format: 'onnx',
    entrypoint: 'model.onnx',
    files: Object.entries(files).map(([path, body]) => ({
      path,
      sha256: sha256Hex(Buffer.from(body)),
      size: Buffer.from(body).length,
    })),
    io: linearIo,
    ...fields,
  };
}

export const digestA = sha256Hex(Buffer.from('a'));
export const digestB = sha256Hex(Buffer.from('b'));

/** The hash of the policy that applies where a model has none of its own. */
export const defaultPolicyHash = hashOf(DEFAULT_POLICY);

export const execution = 'arn:aws:states:eu-west-1:111122223333:execution:release:one';

export const subject = { tenant: 'acme', model: 'iris', version: '1.0.0' } as const;

export function versionRecord(fields: Partial<VersionRecord> = {}): VersionRecord {
  return {
    ...subject,
    ordinal: 1,
    digest: digestA,
    state: 'VALIDATION',
    rev: 1,
    artifact: { key: 'artifact.json', versionId: '1', sha256: digestB },
    policyHash: defaultPolicyHash,
    policyRevision: 0,
    entrypoint: 'model.onnx',
    format: 'onnx',
    bytes: 1,
    schemaHash: hashOf(linearIo),
    submitter: 'sam',
    release: execution,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    ...fields,
  };
}

export function releaseOf(record: VersionRecord): ReleaseRef {
  const { tenant, model, version, digest, artifact, policyHash, policyRevision, release } = record;
  return {
    tenant,
    model,
    version,
    digest,
    artifact,
    policyHash,
    policyRevision,
    execution: release,
  };
}

export function approvalOf(fields: Partial<Approval> = {}): Approval {
  return {
    id: 'approval-1',
    ...subject,
    digest: digestA,
    policyHash: defaultPolicyHash,
    policyRevision: 0,
    evidenceHash: digestB,
    schemaHash: hashOf(linearIo),
    status: 'OPEN',
    quorum: 2,
    roles: ['ml_engineer', 'senior_engineer'],
    excluded: ['sam'],
    approvers: [],
    submitter: 'sam',
    expiresAt: 2_000_000_000,
    createdAt: '2026-01-01T00:00:00.000Z',
    ...fields,
  };
}

/** What Register leaves behind: pinned files, the artifact record and the policy document. */
export async function registered(
  artifacts: MemoryArtifacts,
  evidence: MemoryEvidence,
  files: Files = sampleFiles,
  fields: Partial<Manifest> = {},
): Promise<{ version: VersionRecord; release: ReleaseRef; record: ArtifactRecord }> {
  const manifest = manifestOf(files, fields);
  const all = { ...files, 'manifest.json': JSON.stringify(manifest) };
  const pinned = Object.entries(all)
    .map(([path, body]) => ({
      path,
      sha256: sha256Hex(Buffer.from(body)),
      size: Buffer.from(body).length,
      ...artifacts.write(`uploads/AIDA1/acme/iris/u1/${path}`, body),
    }))
    .sort((a, b) => byCodePoint(a.path, b.path));
  const digest = digestOf(pinned);
  const record: ArtifactRecord = {
    schema: 'assay.artifact/v1',
    digest,
    bucket: artifacts.name,
    files: pinned,
    manifest,
  };
  const artifact = await evidence.putJson(artifactRecordKey(subject, digest), record);
  await evidence.putJson(policyDocumentKey(subject.tenant, defaultPolicyHash), DEFAULT_POLICY);
  const version = versionRecord({ digest, artifact });
  return { version, release: releaseOf(version), record };
}

function digestOf(files: Parameters<typeof resourcesOf>[0]): Digest {
  const resources = resourcesOf(files);
  if (!resources.ok) throw new Error(resources.reason);
  return rootDigest(resources.value);
}
