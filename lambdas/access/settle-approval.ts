import * as z from 'zod/mini';
import { Approvals, type WaitingApproval } from '#aws/approvals.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { VersionChanges } from '#aws/version-changes.ts';
import { type ApprovalStatus, isQuorate } from '#domain/access/approval.ts';
import { ReleaseRef } from '#domain/registry/release-ref.ts';
import { act, nowSeconds } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';

const Input = z.strictObject({ release: ReleaseRef });

/** What a Choice routes on, and who decided, for whoever reads the execution. */
interface Settled {
  readonly status: ApprovalStatus;
  readonly approval: string;
  readonly approvers: readonly string[];
}

interface Ports {
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly approvals: Pick<Approvals, 'get' | 'closeApproved' | 'closeExpired' | 'woken'>;
  readonly changes: Pick<VersionChanges, 'transition'>;
}

/**
 * Reads what became of the approval after a wake-up or a timeout. The wake-up carries nothing:
 * whoever sends one without a quorum finds the approval still OPEN.
 */
export const settleApproval =
  ({ registry, approvals, changes }: Ports) =>
  async ({ release }: z.infer<typeof Input>): Promise<Settled> => {
    const id = (await registry.version(release))?.approval;
    const read = async (): Promise<WaitingApproval> => {
      const approval = id && (await approvals.get(release.tenant, id));
      if (!approval)
        throw new Error(`${release.model}@${release.version} has no approval to settle`);
      return approval;
    };
    let approval = await read();
    const now = act('settle-approval');
    if (approval.status === 'OPEN') {
      if (isQuorate(approval)) await approvals.closeApproved(approval, now);
      else await approvals.closeExpired(approval, nowSeconds(), now);
      approval = await read();
    }
    if (approval.status !== 'OPEN') await approvals.woken(approval, act('settle-approval'));
    if (approval.status === 'REFUSED') {
      const reason = `refused by ${approval.closedBy}: ${approval.comment ?? 'no comment'}`;
      await changes.transition(
        {
          subject: release,
          digest: release.digest,
          from: 'STAGING',
          to: 'FAILED',
          reason,
          fields: { failure: reason },
        },
        act(approval.closedBy ?? 'settle-approval'),
      );
    }
    return { status: approval.status, approval: approval.id, approvers: approval.approvers };
  };

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return settleApproval({
    registry: new ModelRegistry(table),
    approvals: new Approvals(table),
    changes: new VersionChanges(table),
  });
});
