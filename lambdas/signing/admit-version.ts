import * as z from 'zod/mini';
import { Approvals } from '#aws/approvals.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { GateResults } from '#aws/gate-results.ts';
import { KmsSigner } from '#aws/kms-signer.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { VersionChanges } from '#aws/version-changes.ts';
import { isQuorate } from '#domain/access/approval.ts';
import { evidenceHash } from '#domain/gates/gate-result.ts';
import { ReleaseRef } from '#domain/registry/release-ref.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { type AdmissionPorts, keepAdmission } from './keep-admission.ts';

const Input = z.strictObject({ release: ReleaseRef });

/** What a Choice routes on; `refused` says what did not hold. */
type Admitted =
  | { readonly outcome: 'admitted' }
  | { readonly outcome: 'refused'; readonly reason: string };

interface Ports extends AdmissionPorts {
  readonly results: Pick<GateResults, 'list'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly approvals: Pick<Approvals, 'get'>;
  readonly changes: Pick<VersionChanges, 'admit'>;
}

/**
 * Signs the leave to load a version, after reading for itself that people approved exactly this
 * digest, policy and evidence.
 */
export const admitVersion =
  (ports: Ports) =>
  async ({ release }: z.infer<typeof Input>): Promise<Admitted> => {
    const { tenant, model, version, digest, policyHash } = release;
    const record = await ports.registry.version(release);
    if (record?.state !== 'STAGING' || record.digest !== digest) {
      return refused(`${model}@${version} is ${record?.state ?? 'unknown'}, expected STAGING`);
    }
    const approval = record.approval
      ? await ports.approvals.get(tenant, record.approval)
      : undefined;
    if (approval?.status !== 'APPROVED' || !isQuorate(approval)) {
      return refused(`approval is ${approval?.status ?? 'missing'}, expected APPROVED`);
    }
    const results = await ports.results.list(release);
    if (
      approval.digest !== digest ||
      approval.policyHash !== policyHash ||
      approval.schemaHash !== record.schemaHash ||
      approval.evidenceHash !== evidenceHash(results)
    ) {
      return refused(`approval ${approval.id} is on another digest, schema, policy or evidence`);
    }

    const unsigned = results.filter(({ attestation }) => !attestation).length;
    if (unsigned > 0) return refused(`${unsigned} gate results have no attestation`);

    const now = act('admit-version');
    const admission = await keepAdmission(ports, {
      release,
      scope: 'ADMITTED',
      timeVerified: now.at,
      results,
    });
    const written = await ports.changes.admit(release, digest, admission, now);
    return written.ok ? { outcome: 'admitted' } : refused(`${model}@${version} left STAGING`);
  };

const refused = (reason: string): Admitted => ({ outcome: 'refused', reason });

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return admitVersion({
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    results: new GateResults(table),
    registry: new ModelRegistry(table),
    approvals: new Approvals(table),
    changes: new VersionChanges(table),
    signer: new KmsSigner(env('ATTESTATION_KEY_ARN')),
  });
});
