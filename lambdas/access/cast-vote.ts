import type { Approvals, WaitingApproval } from '#aws/approvals.ts';
import type { TaskTokens } from '#aws/task-tokens.ts';
import {
  type ApprovalStatus,
  isQuorate,
  refusalOf,
  refusalText,
  type Vote,
  type VoteRefusal,
} from '#domain/access/approval.ts';
import { act, nowSeconds } from '../act.ts';

export interface VotePorts {
  readonly approvals: Pick<Approvals, 'get' | 'approve' | 'refuse' | 'closeApproved' | 'woken'>;
  readonly tokens: Pick<TaskTokens, 'wake'>;
}

interface Ballot {
  readonly tenant: string;
  /** The approval's id. */
  readonly approval: string;
  readonly vote: Vote;
}

export type Cast =
  | {
      readonly outcome: 'counted';
      readonly status: ApprovalStatus;
      /** People who approved so far. */
      readonly approvals: number;
      readonly quorum: number;
    }
  | { readonly outcome: 'refused'; readonly refusal: VoteRefusal; readonly reason: string }
  | { readonly outcome: 'unknown' };

/**
 * Casts one person's vote, and closes the approval when it was the last one needed. Conditions
 * on the registry's items decide; what is read beforehand only words the refusal.
 */
export const castVote =
  ({ approvals, tokens }: VotePorts) =>
  async ({ tenant, approval: id, vote }: Ballot): Promise<Cast> => {
    const read = () => approvals.get(tenant, id);
    const shown = await read();
    if (!shown) return { outcome: 'unknown' };
    const refused = refusalOf(shown, vote, nowSeconds());
    if (refused) {
      // A vote that was counted and then broke off is sent again: finish what it began.
      if (refused === 'already-voted') await settle({ approvals, tokens }, shown, vote, read);
      return refusal(refused, shown, vote);
    }

    const write = vote.decision === 'approve' ? 'approve' : 'refuse';
    const written = await approvals[write](shown, vote, nowSeconds(), act(vote.person));
    const after = await read();
    if (!after) throw new Error(`approval ${id} of ${tenant} vanished after a vote`);
    if (!written.ok) return refusal(whyNot(written.failed, after, vote), after, vote);

    const settled = await settle({ approvals, tokens }, after, vote, read);
    return {
      outcome: 'counted',
      status: settled.status,
      approvals: settled.approvers.length,
      quorum: settled.quorum,
    };
  };

/** Closes an approval that has its quorum, and wakes whoever waits for one that is closed. */
async function settle(
  { approvals, tokens }: VotePorts,
  approval: WaitingApproval,
  { person }: Vote,
  read: () => Promise<WaitingApproval | undefined>,
): Promise<WaitingApproval> {
  let settled = approval;
  if (approval.status === 'OPEN' && isQuorate(approval)) {
    // Of two that meet here one loses the write: what became of the approval is then read.
    await approvals.closeApproved(approval, act(person));
    settled = (await read()) ?? approval;
  }
  if (settled.status === 'APPROVED' || settled.status === 'REFUSED') {
    await tokens.wake(settled.taskToken);
    await approvals.woken(settled, act('cast-vote'));
  }
  return settled;
}

/** Which part of the write's condition did not hold, as the item stands now. */
function whyNot(failed: readonly string[], approval: WaitingApproval, vote: Vote): VoteRefusal {
  const refused = refusalOf(approval, vote, nowSeconds());
  if (refused) return refused;
  if (failed.includes('vote')) return 'already-voted';
  throw new Error(
    `a vote on approval ${approval.id} failed on ${failed.join(', ')}, and nothing says why`,
  );
}

const refusal = (refused: VoteRefusal, approval: WaitingApproval, vote: Vote): Cast => ({
  outcome: 'refused',
  refusal: refused,
  reason: refusalText(refused, approval, vote.person),
});
