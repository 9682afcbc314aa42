import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { Approvals } from '#aws/approvals.ts';
import type { GateResults } from '#aws/gate-results.ts';
import { APPROVAL_STATUSES, type Approval } from '#domain/access/approval.ts';
import { approvalKey, typeIndexKey } from '#domain/registry/keys.ts';
import { type Api, allow } from './caller.ts';
import { decodeCursor, pageOf, startKeyOf } from './cursor.ts';
import { readQuery, UUID } from './input.ts';
import { notFound } from './problem.ts';
import { isoOf } from './version-view.ts';

/** Each approval on a page costs a query for its evidence. */
const PAGE = 25;

const Query = z.strictObject({
  status: z._default(z.enum(APPROVAL_STATUSES), 'OPEN'),
  cursor: z.optional(z.string()),
});

export interface ApprovalPorts {
  readonly approvals: Pick<Approvals, 'get' | 'page'>;
  readonly results: Pick<GateResults, 'list'>;
}

/** What people are asked to vote on, with what the gates found. */
export const approvalRoutes = ({ approvals, results }: ApprovalPorts) =>
  new Hono<Api>()
    .get('/approvals', allow('read'), async (c) => {
      const { status, cursor } = readQuery(c.req, Query);
      const { tenant } = c.var.caller;
      const partition = typeIndexKey(tenant, 'APPROVAL', status);
      const start = decodeCursor(startKeyOf(partition, approvalKey(tenant, '')), cursor);
      const page = await approvals.page(tenant, status, PAGE, start);
      const items = await Promise.all(page.items.map((approval) => viewOf(results, approval)));
      return c.json(pageOf(items, page.next));
    })
    .get('/approvals/:id', allow('read'), async (c) => {
      const id = approvalId(c.req.param('id'));
      const approval = await approvals.get(c.var.caller.tenant, id);
      if (!approval) throw notFound('such approval');
      return c.json(await viewOf(results, approval));
    });

/** @throws Refused for text that no approval can be named by. */
export function approvalId(text: string): string {
  if (!UUID.test(text)) throw notFound('such approval');
  return text;
}

/** Names each field it shows: the item also holds the task token, which nobody gets. */
async function viewOf(results: Pick<GateResults, 'list'>, approval: Approval) {
  const { digest, policyHash } = approval;
  const judged = await results.list(approval);
  return {
    id: approval.id,
    status: approval.status,
    model: approval.model,
    version: approval.version,
    digest,
    policyHash,
    quorum: approval.quorum,
    approvers: approval.approvers,
    submitter: approval.submitter,
    expiresAt: isoOf(approval.expiresAt),
    evidence: judged
      .filter((gate) => gate.digest === digest && gate.policyHash === policyHash)
      .map(({ gate, verdict, counts }) => ({ gate, verdict, counts })),
  };
}
