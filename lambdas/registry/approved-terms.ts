import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { Policies, PolicyLayers } from '#aws/policies.ts';
import { DEFAULT_POLICY, type Holdout, resolvePolicy } from '#domain/gates/policy.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { readArtifactRecord } from '../artifact-record.ts';

export const POLICY_CHANGED =
  'the policy changed after it was judged; register the files under a new version, to be judged anew';

/** Conditions that no second try can make true, and what to tell people about them. */
const BLOCKS: Readonly<Record<string, string>> = {
  approval: 'its approval is no longer APPROVED on this digest and policy; ask for another',
  policy: POLICY_CHANGED,
  quarantine: 'its digest is in quarantine; see the model history',
};

/** Why a transaction stays refused; undefined where another try may pass. */
export function blockedBy(failed: readonly string[]): string | undefined {
  const reasons = failed.flatMap((name) => BLOCKS[name] ?? []);
  return reasons.length > 0 ? reasons.join('; ') : undefined;
}

/** What makes up the policy in force, where that is the one a version was judged by. */
export async function layersInForce(
  policies: Pick<Policies, 'layersOf'>,
  judged: Pick<VersionRecord, 'tenant' | 'model' | 'policyHash'>,
): Promise<PolicyLayers | undefined> {
  const layers = await policies.layersOf(judged);
  const inForce = hashOf(resolvePolicy(DEFAULT_POLICY, layers.tenant, layers.model));
  return inForce === judged.policyHash ? layers : undefined;
}

/**
 * The rows to judge a model's next versions by, where it has none: the first version's own
 * evaluation set, which its approvers agreed to.
 */
export async function holdoutToPin(
  evidence: Pick<EvidenceBucket, 'readJson'>,
  version: Pick<VersionRecord, 'artifact' | 'digest'>,
  { model }: PolicyLayers,
): Promise<Holdout | undefined> {
  if (model.holdout) return undefined;
  const { bucket, files, manifest } = await readArtifactRecord(evidence, version);
  const { evaluation } = manifest;
  const file = files.find(({ path }) => path === evaluation?.dataset);
  if (!evaluation || !file) return undefined;
  const { key, versionId, sha256 } = file;
  return { bucket, key, versionId, sha256, evaluation };
}
