import type { Advisories, StoredIndex } from '#aws/advisories.ts';
import type { ArtifactBucket } from '#aws/artifact-bucket.ts';
import type { Component, DependencyDocument } from '#domain/gates/dependencies/component.ts';
import {
  judgeDependencies,
  namesToRead,
  type ReadSnapshot,
} from '#domain/gates/dependencies/judge.ts';
import { shardsFor } from '#domain/gates/dependencies/osv/snapshot.ts';
import type { DependencyPolicy } from '#domain/gates/dependencies/policy.ts';
import type { Judgement } from '#domain/gates/gate-result.ts';
import type { Json } from '#domain/gates/verdict.ts';
import type { ArtifactRecord } from '#domain/registry/artifact.ts';
import { RUNTIME, readDependencyDocuments } from '../dependency-documents.ts';

/** Packages listed in the evidence; the checks name those that did not pass. */
const LISTED_PACKAGES = 1_000;

export interface DependencyPorts {
  readonly artifacts: Pick<ArtifactBucket, 'read'>;
  readonly advisories: Pick<Advisories, 'shard'>;
  readonly nowSeconds: () => number;
}

/** Judges what a registered version declares that it needs, by one snapshot of advisories. */
export async function judgeVersion(
  ports: DependencyPorts,
  record: ArtifactRecord,
  policy: DependencyPolicy,
  stored: StoredIndex | undefined,
): Promise<Judgement> {
  const documents = await readDependencyDocuments(ports.artifacts, record);
  const components = [...RUNTIME, ...documents.flatMap((document) => document.components)];
  const snapshot = stored && (await readSnapshot(ports.advisories, stored, components));
  const checks = judgeDependencies({
    documents,
    format: record.manifest.format,
    // ONNX, the one format there is, does not depend on the release that wrote it.
    savedWith: [],
    runtime: RUNTIME,
    snapshot,
    policy,
    nowSeconds: ports.nowSeconds(),
  });
  return { checks, evidence: evidenceOf(documents, components, stored) };
}

async function readSnapshot(
  advisories: DependencyPorts['advisories'],
  { index, digest }: StoredIndex,
  components: readonly Component[],
): Promise<ReadSnapshot> {
  const names = namesToRead(components);
  const shards = await Promise.all(shardsFor(index, names).map((each) => advisories.shard(each)));
  const known = new Map(shards.flatMap((shard) => [...shard]));
  return {
    index,
    digest,
    advisories: new Map(names.map((name) => [name, known.get(name) ?? []])),
  };
}

const evidenceOf = (
  documents: readonly DependencyDocument[],
  components: readonly Component[],
  stored: StoredIndex | undefined,
): { readonly [name: string]: Json } => ({
  snapshot: stored
    ? { digest: stored.digest, source: stored.index.source, takenAt: stored.index.takenAt }
    : null,
  documents: documents.map(({ file, format, components: { length } }) => ({
    file,
    format,
    packages: length,
  })),
  packages: [...new Set(components.map(({ purl }) => purl))].slice(0, LISTED_PACKAGES),
});
