import type { LineageEdge } from '#aws/version-changes.ts';
import { DEFAULT_POLICY, resolvePolicy } from '#domain/gates/policy.ts';
import { ArtifactRecord, type PinnedFile } from '#domain/registry/artifact.ts';
import { canonicalBytes, hashOf } from '#domain/registry/canonical.ts';
import { artifactRecordKey, policyDocumentKey } from '#domain/registry/evidence-key.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import type { Problem } from '#domain/registry/problem.ts';
import { numberVersion, predecessorOf } from '#domain/registry/succession.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { normaliseVersion } from '#domain/registry/versions.ts';
import { byCodePoint } from '#domain/signing/artifact-path.ts';
import { resourcesOf, rootDigest } from '#domain/signing/oms.ts';
import type { RegisterPorts } from './register-version.ts';

interface Upload {
  readonly files: readonly PinnedFile[];
  readonly manifest: Manifest;
  readonly tenant: string;
  readonly submitter: string;
  readonly execution: string;
}

/** A version that is ready to be written, if nobody wrote it meanwhile. */
export interface Draft {
  readonly outcome: 'drafted';
  readonly record: VersionRecord;
  readonly lineage: readonly LineageEdge[];
  /** Those of the artifact record, which an earlier upload of the same bytes may have written. */
  readonly files: readonly PinnedFile[];
}

type Drafted =
  | Draft
  | { readonly outcome: 'known'; readonly record: VersionRecord }
  | { readonly outcome: 'rejected'; readonly problems: readonly Problem[] };

type Ports = Pick<RegisterPorts, 'evidence' | 'registry' | 'policies' | 'artifacts'>;

/** Computes digest, number and policy of an upload against what the registry holds now. */
export async function draftVersion(ports: Ports, upload: Upload): Promise<Drafted> {
  const { manifest, tenant } = upload;
  const model = { tenant, model: manifest.name };
  const files = [...upload.files].sort((a, b) => byCodePoint(a.path, b.path));
  const resources = resourcesOf(files);
  if (!resources.ok) throw new RangeError(`unsignable artifact: ${resources.reason}`);
  const digest = rootDigest(resources.value);
  const twin = await ports.registry.byDigest(tenant, digest);
  if (twin) return { outcome: 'known', record: twin };

  const versions = await ports.registry.versions(model);
  const predecessor = predecessorOf(manifest, versions);
  const numbered = numberVersion(
    manifest,
    predecessor && {
      version: predecessor.version,
      manifest: ArtifactRecord.parse(await ports.evidence.readJson(predecessor.artifact)).manifest,
    },
    versions,
  );
  if (!numbered.ok) return { outcome: 'rejected', problems: [numbered.problem] };
  const { version } = numbered;
  const taken = versions.find((other) => other.version === version);
  if (taken) return { outcome: 'rejected', problems: [immutable(taken)] };

  const subject = { ...model, version };
  const layers = await ports.policies.layersOf(model);
  const policy = resolvePolicy(DEFAULT_POLICY, layers.tenant, layers.model);
  const policyHash = hashOf(policy);
  await ports.evidence.put(
    policyDocumentKey(tenant, policyHash),
    canonicalBytes(policy),
    JSON_TYPE,
  );
  const artifact = await ports.evidence.put(
    artifactRecordKey(subject, digest),
    canonicalBytes({
      schema: 'assay.artifact/v1',
      digest,
      bucket: ports.artifacts.name,
      files,
      manifest,
    } satisfies ArtifactRecord),
    JSON_TYPE,
  );
  const at = new Date().toISOString();
  return {
    outcome: 'drafted',
    files: ArtifactRecord.parse(await ports.evidence.readJson(artifact)).files,
    lineage: lineageOf(manifest),
    record: {
      ...subject,
      ordinal: ((await ports.registry.model(model))?.lastOrdinal ?? 0) + 1,
      digest,
      state: 'VALIDATION',
      rev: 1,
      artifact,
      policyHash,
      policyRevision: layers.model.revision,
      entrypoint: manifest.entrypoint,
      format: manifest.format,
      ...(manifest.serving && { backend: manifest.serving.backend }),
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      schemaHash: hashOf(manifest.io),
      submitter: upload.submitter,
      release: upload.execution,
      createdAt: at,
      updatedAt: at,
    },
  };
}

const JSON_TYPE = 'application/json';

const immutable = ({ model, version, digest }: VersionRecord): Problem => ({
  field: 'version',
  got: `"${version}" with other files`,
  expected: `a version that does not exist; ${model}@${version} has digest ${digest}`,
  remedy: 'versions never change: give the new files a new version, or "bump" instead of one',
});

const lineageOf = ({ name, lineage }: Manifest): LineageEdge[] => [
  ...[...new Set((lineage?.parents ?? []).map(normalised))].map((parent) => ({
    type: 'parent' as const,
    node: `${name}@${parent}`,
  })),
  ...(lineage?.dataset
    ? [
        {
          type: 'dataset' as const,
          node: `dataset:${lineage.dataset.checksum ?? lineage.dataset.name}`,
        },
      ]
    : []),
  ...(lineage?.trainingJob
    ? [{ type: 'training-job' as const, node: `training-job:${lineage.trainingJob}` }]
    : []),
];

/** A manifest that parsed names parents by versions that normalise. */
const normalised = (version: string): string => {
  const result = normaliseVersion(version);
  return result.ok ? result.version : version;
};
