import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { ModelRegistry } from '#aws/model-registry.ts';
import type { ArtifactRecord } from '#domain/registry/artifact.ts';
import type { ReleaseRef } from '#domain/registry/release-ref.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { readArtifactRecord } from '../artifact-record.ts';

export interface ChampionPorts {
  readonly evidence: Pick<EvidenceBucket, 'readJson'>;
  readonly registry: Pick<ModelRegistry, 'route' | 'version'>;
}

export interface Champion {
  readonly version: string;
  readonly artifact: VersionRecord['artifact'];
  readonly record: ArtifactRecord;
}

/** The version in production, which a candidate is compared with; undefined where there is none. */
export async function championOf(
  { registry, evidence }: ChampionPorts,
  { tenant, model }: ReleaseRef,
): Promise<Champion | undefined> {
  const stable = (await registry.route(tenant, model))?.stable;
  if (!stable) return undefined;
  const version = await registry.version({ tenant, model, version: stable.version });
  if (!version) throw new Error(`the route names ${model}@${stable.version}, which is missing`);
  const record = await readArtifactRecord(evidence, version);
  return { version: stable.version, artifact: version.artifact, record };
}
