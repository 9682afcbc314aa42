import type { Approvals, WaitingApproval } from '#aws/approvals.ts';
import type { Written } from '#aws/registry-table.ts';
import type { Act } from '#aws/version-changes.ts';
import { type Approval, isQuorate } from '#domain/access/approval.ts';

const OK: Written = { ok: true };
const REFUSED: Written = { ok: false, failed: ['approval'] };

/** Approvals in memory, with the same answers as the registry's. */
export class MemoryApprovals
  implements
    Pick<
      Approvals,
      'get' | 'open' | 'await' | 'closeApproved' | 'closeExpired' | 'woken' | 'unwoken'
    >
{
  readonly held = new Map<string, WaitingApproval>();
  /** Ids of approvals that closed and whose release was not woken yet. */
  readonly unwokenIds = new Set<string>();

  async get(_tenant: string, id: string): Promise<WaitingApproval | undefined> {
    return this.held.get(id);
  }

  async open(approval: Approval, taskToken: string): Promise<Written> {
    if (this.held.has(approval.id)) return REFUSED;
    this.held.set(approval.id, { ...approval, taskToken });
    return OK;
  }

  async await({ id, status }: Approval, taskToken: string): Promise<Written> {
    const held = this.held.get(id);
    if (held?.status !== status) return REFUSED;
    this.held.set(id, { ...held, taskToken });
    if (status !== 'OPEN') this.unwokenIds.add(id);
    return OK;
  }

  async closeApproved(approval: Approval, act: Act): Promise<Written> {
    const held = this.held.get(approval.id);
    return held && isQuorate(held) ? this.close(held.id, { status: 'APPROVED' }, act) : REFUSED;
  }

  async closeExpired({ id }: Approval, nowSeconds: number, act: Act): Promise<Written> {
    const held = this.held.get(id);
    return held && held.expiresAt <= nowSeconds
      ? this.close(id, { status: 'EXPIRED' }, act)
      : REFUSED;
  }

  close(id: string, change: Partial<Approval>, act: Pick<Act, 'actor'>): Written {
    const held = this.held.get(id);
    if (held?.status !== 'OPEN') return REFUSED;
    this.held.set(id, { ...held, ...change, closedBy: act.actor });
    this.unwokenIds.add(id);
    return OK;
  }

  async woken({ id, taskToken }: WaitingApproval): Promise<void> {
    if (this.held.get(id)?.taskToken === taskToken) this.unwokenIds.delete(id);
  }

  async unwoken(limit: number): Promise<{ items: WaitingApproval[] }> {
    const items = [...this.unwokenIds].flatMap((id) => this.held.get(id) ?? []);
    return { items: items.slice(0, limit) };
  }
}
