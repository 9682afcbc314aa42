import { v7 as uuid } from 'uuid';
import * as z from 'zod/mini';
import { Approvals } from '#aws/approvals.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { GateResults } from '#aws/gate-results.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import type { Approval } from '#domain/access/approval.ts';
import { evidenceHash } from '#domain/gates/gate-result.ts';
import { Policy } from '#domain/gates/policy.ts';
import { policyDocumentKey } from '#domain/registry/evidence-key.ts';
import { ReleaseRef } from '#domain/registry/release-ref.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { act, nowSeconds } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';

const Input = z.strictObject({ release: ReleaseRef, taskToken: z.string() });

interface Ports {
  readonly evidence: Pick<EvidenceBucket, 'readJson'>;
  readonly results: Pick<GateResults, 'list'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly approvals: Pick<Approvals, 'get' | 'open' | 'await'>;
}

/** Opens an approval on a version in STAGING, or waits on the one that people voted on already. */
export const requestApproval =
  (ports: Ports) =>
  async ({ release, taskToken }: z.infer<typeof Input>): Promise<{ readonly approval: string }> => {
    const version = await ports.registry.version(release);
    if (version?.state !== 'STAGING' || version.digest !== release.digest) {
      throw new Error(
        `${release.model}@${release.version} is ${version?.state ?? 'unknown'}, expected STAGING with digest ${release.digest}`,
      );
    }
    const approval = await draftApproval(ports, release, version, act('request-approval').at);
    for (let turn = 0; turn < TURNS; turn++) {
      const held = version.approval
        ? await ports.approvals.get(release.tenant, version.approval)
        : undefined;
      if (!held || !stands(held, approval)) {
        const opened = await ports.approvals.open(approval, taskToken, act('request-approval'));
        if (opened.ok) return { approval: approval.id };
        throw new Error(`${release.model}@${release.version} left STAGING meanwhile`);
      }
      const awaited = await ports.approvals.await(held, taskToken, act('request-approval'));
      if (awaited.ok) return { approval: held.id };
    }
    throw new Error(`approval ${version.approval} changed ${TURNS} times while it was read; retry`);
  };

/** An approval changes its status once or twice in its life. */
const TURNS = 3;

/** People who voted on exactly this are not asked again: not when they decided, nor while they may. */
const stands = (held: Approval, wanted: Approval): boolean =>
  held.digest === wanted.digest &&
  held.policyHash === wanted.policyHash &&
  held.schemaHash === wanted.schemaHash &&
  held.evidenceHash === wanted.evidenceHash &&
  (held.status === 'OPEN'
    ? held.expiresAt > nowSeconds()
    : held.status === 'APPROVED' || held.status === 'REFUSED');

async function draftApproval(
  { evidence, results }: Ports,
  release: ReleaseRef,
  version: VersionRecord,
  createdAt: string,
): Promise<Approval> {
  const { tenant, model, digest, policyHash, policyRevision } = release;
  const policy = Policy.parse(
    await evidence.readJson({ key: policyDocumentKey(tenant, policyHash), sha256: policyHash }),
  );
  return {
    id: uuid(),
    tenant,
    model,
    version: release.version,
    digest,
    policyHash,
    policyRevision,
    evidenceHash: evidenceHash(await results.list(release)),
    schemaHash: version.schemaHash,
    status: 'OPEN',
    quorum: policy.approvals.quorum,
    roles: policy.approvals.roles,
    excluded: [version.submitter],
    approvers: [],
    submitter: version.submitter,
    expiresAt: nowSeconds() + Math.round(policy.approvals.expireHours * 3600),
    createdAt,
  };
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return requestApproval({
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    results: new GateResults(table),
    registry: new ModelRegistry(table),
    approvals: new Approvals(table),
  });
});
