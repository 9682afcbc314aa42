import type { StoredIndex } from '#aws/advisories.ts';
import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { ModelRegistry } from '#aws/model-registry.ts';
import type { Reevaluations } from '#aws/reevaluations.ts';
import {
  isVulnerable,
  type Reevaluation,
  type ReevaluationReport,
} from '#domain/gates/dependencies/reevaluation.ts';
import { countVerdicts, verdictOf } from '#domain/gates/gate-result.ts';
import { Policy } from '#domain/gates/policy.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import { policyDocumentKey, reevaluationReportKey } from '#domain/registry/evidence-key.ts';
import type { Route, VersionRecord } from '#domain/registry/version-record.ts';
import { act } from '../act.ts';
import { readArtifactRecord } from '../artifact-record.ts';
import { type DependencyPorts, judgeVersion } from './version-dependencies.ts';

export interface ReevaluationPorts extends DependencyPorts {
  readonly evidence: Pick<EvidenceBucket, 'put' | 'readJson'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly reevaluations: Pick<Reevaluations, 'get' | 'record'>;
}

/** Judges the stable version of a route by a snapshot, under its own policy, once. */
export async function reevaluateVersion(
  ports: ReevaluationPorts,
  { tenant, model, stable }: Route,
  snapshot: StoredIndex,
): Promise<Reevaluation> {
  const version = await ports.registry.version({ tenant, model, version: stable.version });
  if (version?.digest !== stable.digest) {
    throw new Error(
      `the route has ${stable.version} with digest ${stable.digest}, the registry ${version?.digest}`,
    );
  }
  const before = await ports.reevaluations.get(version);
  const known = before && before.takenAt >= snapshot.index.takenAt;
  return known ? before : judgeAgain(ports, version, snapshot);
}

async function judgeAgain(
  ports: ReevaluationPorts,
  version: VersionRecord,
  snapshot: StoredIndex,
): Promise<Reevaluation> {
  const { evidence } = ports;
  const { tenant, model, digest, policyHash } = version;
  const record = await readArtifactRecord(evidence, version);
  const key = policyDocumentKey(tenant, policyHash);
  const policy = Policy.parse(await evidence.readJson({ key, sha256: policyHash }));
  const judgement = await judgeVersion(ports, record, policy.dependencies, snapshot);
  const now = act('reevaluate-dependencies');
  const report: ReevaluationReport = {
    schema: 'assay.reevaluation/v1',
    gate: 'dependencies',
    tenant,
    model,
    version: version.version,
    digest,
    policyHash,
    snapshot: snapshot.digest,
    verdict: verdictOf(judgement.checks),
    checks: judgement.checks,
    evidence: judgement.evidence ?? {},
    at: now.at,
  };
  const result = await evidence.put(
    reevaluationReportKey(version, digest, snapshot.digest),
    canonicalBytes(report),
    'application/json',
  );
  // Another run may have been first: what it found stands.
  const kept = (await evidence.readJson(result)) as ReevaluationReport;
  const reevaluation: Reevaluation = {
    tenant,
    model,
    version: version.version,
    digest,
    policyHash,
    snapshot: snapshot.digest,
    takenAt: snapshot.index.takenAt,
    verdict: kept.verdict,
    counts: countVerdicts(kept.checks),
    vulnerable: isVulnerable(kept.checks),
    result,
    at: kept.at,
  };
  await ports.reevaluations.record(reevaluation, now);
  return reevaluation;
}
