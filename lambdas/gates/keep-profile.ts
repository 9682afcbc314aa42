import type { ArtifactBucket } from '#aws/artifact-bucket.ts';
import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { Judgement } from '#domain/gates/gate-result.ts';
import { featureColumns } from '#domain/gates/performance/feature-columns.ts';
import { judgeReference } from '#domain/gates/performance/judge-reference.ts';
import { makeProfile } from '#domain/gates/performance/make-profile.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import type { PerformancePolicy } from '#domain/gates/performance/policy.ts';
import { MAX_FEATURES } from '#domain/gates/performance/reference-profile.ts';
import type { Check } from '#domain/gates/verdict.ts';
import { ownLabels } from '#domain/monitoring/truth/own-labels.ts';
import type { ArtifactRecord } from '#domain/registry/artifact.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import { referenceProfileKey } from '#domain/registry/evidence-key.ts';
import { fileOf } from './artifact-file.ts';
import type { Subjected } from './gate.ts';
import type { MeasuredModel } from './measured-model.ts';

interface Ports {
  readonly artifacts: Pick<ArtifactBucket, 'read'>;
  readonly evidence: Pick<EvidenceBucket, 'put'>;
}

/** A declared profile is parsed whole. */
const DECLARED_MAX_BYTES = 16 * 1024 * 1024;

/**
 * Keeps the candidate's reference profile, and names its hash in the gate's evidence, so that the
 * gate's attestation vouches for it. A profile that the submitter declares is only compared.
 */
export async function keepProfile(
  { artifacts, evidence }: Ports,
  { release, record, policy }: Subjected,
  { answers, set }: Pick<MeasuredModel, 'answers' | 'set'>,
): Promise<Judgement> {
  if (!answers.ok) return { checks: [] };
  const columns = featureColumns(record.manifest.io.inputs, set.feeds);
  const profile = makeProfile({ rows: set.rows, columns, answers: answers.value });
  const pointer = await evidence.put(
    referenceProfileKey(release, release.digest, release.policyHash),
    canonicalBytes(profile),
    'application/json',
  );
  const made: Check = {
    id: 'performance.reference-profile',
    verdict: 'pass',
    observed: profile.rows,
    message: `made from ${profile.rows} judging rows: ${profile.features.length} features${profile.omitted > 0 ? `, ${profile.omitted} beyond the first ${MAX_FEATURES} left out` : ''}`,
  };
  const declared = await declaredProfile(artifacts, record);
  const { key, versionId, sha256 } = pointer;
  return {
    checks: declared ? [made, judgeDeclared(declared, columns, policy.performance)] : [made],
    evidence: { referenceProfile: { key, versionId, sha256 } },
    labels: ownLabels(profile.predictions),
  };
}

const judgeDeclared = (
  declared: Measured<unknown>,
  columns: ReturnType<typeof featureColumns>,
  policy: PerformancePolicy,
): Check =>
  declared.ok
    ? judgeReference(
        declared.value,
        columns.slice(0, MAX_FEATURES).map((read) => read()),
        policy,
      )
    : {
        id: 'performance.reference-profile',
        where: 'referenceDistribution',
        verdict: declared.verdict,
        message: declared.reason,
      };

/** The parsed JSON of the file that the manifest names; undefined where it names none. */
async function declaredProfile(
  artifacts: Ports['artifacts'],
  record: ArtifactRecord,
): Promise<Measured<unknown> | undefined> {
  const path = record.manifest.referenceDistribution;
  if (path === undefined) return undefined;
  const file = fileOf(record, path);
  if (file.size > DECLARED_MAX_BYTES) {
    const reason = `${path} has ${file.size} bytes, expected at most ${DECLARED_MAX_BYTES}; bin it coarser or leave it out`;
    return { ok: false, verdict: 'inconclusive', reason };
  }
  const bytes = await artifacts.read(file);
  if (sha256Hex(bytes) !== file.sha256) {
    const reason = `${path} changed since registration, expected SHA-256 ${file.sha256}; upload the files again under a new version`;
    return { ok: false, verdict: 'fail', reason };
  }
  try {
    return { ok: true, value: JSON.parse(new TextDecoder().decode(bytes)) };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const reason = `${path} is no JSON: ${said}; correct the file or leave it out`;
    return { ok: false, verdict: 'inconclusive', reason };
  }
}
