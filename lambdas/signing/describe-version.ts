import * as z from 'zod/mini';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { GateResults } from '#aws/gate-results.ts';
import { KmsSigner } from '#aws/kms-signer.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { VersionChanges } from '#aws/version-changes.ts';
import { bomOf } from '#domain/gates/card/bom.ts';
import { describeVersion as describe, type Reported } from '#domain/gates/card/card.ts';
import {
  BOM_PREDICATE,
  CARD_PREDICATE,
  descriptionStatement,
} from '#domain/gates/card/statement.ts';
import type { GateReport } from '#domain/gates/gate-result.ts';
import type { Json } from '#domain/gates/verdict.ts';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import { descriptionKey } from '#domain/registry/evidence-key.ts';
import { ReleaseRef } from '#domain/registry/release-ref.ts';
import type { Signer } from '#domain/signing/signer.ts';
import assay from '../../package.json' with { type: 'json' };
import { act } from '../act.ts';
import { readArtifactRecord } from '../artifact-record.ts';
import { RUNTIME, readDependencyDocuments } from '../dependency-documents.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { keepStatement } from './keep-signed.ts';

const Input = z.strictObject({ release: ReleaseRef });

interface Described {
  readonly card: EvidencePointer;
  readonly bom: EvidencePointer;
}

interface Ports {
  readonly artifacts: Pick<ArtifactBucket, 'read'>;
  readonly evidence: Pick<EvidenceBucket, 'name' | 'put' | 'read' | 'readJson'>;
  readonly results: Pick<GateResults, 'list'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly changes: Pick<VersionChanges, 'describe'>;
  readonly signer: Signer;
}

/** Writes and signs a version's model card and bill of materials, for people to decide by. */
export const describeVersion =
  (ports: Ports) =>
  async ({ release }: z.infer<typeof Input>): Promise<Described> => {
    const { evidence, changes } = ports;
    const version = await ports.registry.version(release);
    if (version?.digest !== release.digest) {
      throw new Error(`${release.model}@${release.version} has no digest ${release.digest}`);
    }
    const record = await readArtifactRecord(evidence, release);
    const card = describe(version, record, await reportsOf(ports, release));
    const documents = await readDependencyDocuments(ports.artifacts, record);
    const components = [...RUNTIME, ...documents.flatMap((document) => document.components)];

    const kept = {
      card: await keep('model-card', card as unknown as Json),
      bom: await keep('ml-bom', bomOf(card, components, assay.version)),
    };
    const attested = {
      cardAttestation: await attest('model-card', CARD_PREDICATE, kept.card),
      bomAttestation: await attest('ml-bom', BOM_PREDICATE, kept.bom),
    };
    const written = await changes.describe(
      release,
      release.digest,
      { ...kept, ...attested },
      act('describe-version'),
    );
    if (!written.ok) throw new Error(`${release.model}@${release.version} left STAGING`);
    return kept;

    /** Written once: what an earlier try has written stands. */
    function keep(name: string, document: Json): Promise<EvidencePointer> {
      const key = descriptionKey(release, release.digest, release.policyHash, `${name}.json`);
      return evidence.put(key, canonicalBytes(document), 'application/json');
    }

    async function attest(
      name: string,
      predicateType: typeof CARD_PREDICATE | typeof BOM_PREDICATE,
      document: EvidencePointer,
    ): Promise<EvidencePointer> {
      const predicate = (await evidence.readJson(document)) as Json;
      const statement = descriptionStatement(card, predicateType, predicate);
      return keepStatement(ports, statement, {
        what: `attestation of the ${name} of ${release.model}@${release.version}`,
        key: descriptionKey(release, release.digest, release.policyHash, `${name}.dsse.json`),
      });
    }
  };

async function reportsOf({ results, evidence }: Ports, release: ReleaseRef): Promise<Reported[]> {
  const records = (await results.list(release)).filter(
    ({ digest, policyHash }) => digest === release.digest && policyHash === release.policyHash,
  );
  return Promise.all(
    records.map(async ({ result }) => ({
      report: (await evidence.readJson(result)) as GateReport,
      sha256: result.sha256,
    })),
  );
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return describeVersion({
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    results: new GateResults(table),
    registry: new ModelRegistry(table),
    changes: new VersionChanges(table),
    signer: new KmsSigner(env('ATTESTATION_KEY_ARN')),
  });
});
