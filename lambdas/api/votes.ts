import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { VoteRefusal } from '#domain/access/approval.ts';
import { castVote, type VotePorts } from '../access/cast-vote.ts';
import { approvalId } from './approvals.ts';
import { type Api, allow } from './caller.ts';
import { readBody } from './input.ts';
import { notFound, Refused } from './problem.ts';

const Sha256 = z
  .string()
  .check(z.regex(/^[0-9a-f]{64}$/, { error: 'a SHA-256 as 64 lowercase hex digits' }));

const Body = z
  .strictObject({
    decision: z.enum(['approve', 'refuse']),
    comment: z.optional(
      z
        .string()
        .check(
          z.trim(),
          z.minLength(1, { error: 'a comment that is not blank' }),
          z.maxLength(1000, { error: 'a comment of at most 1,000 characters' }),
        ),
    ),
    digest: Sha256,
    policyHash: Sha256,
  })
  .check(
    z.refine(({ decision, comment }) => decision === 'approve' || comment !== undefined, {
      path: ['comment'],
      error: 'a comment that says why you refuse',
    }),
  );

/** Casts the caller's vote; 409 says that the approval moved on, 403 that this person may not. */
export const voteRoutes = (ports: VotePorts) =>
  new Hono<Api>().post('/approvals/:id/votes', allow('vote'), async (c) => {
    const id = approvalId(c.req.param('id'));
    const vote = await readBody(c.req, Body);
    const { caller } = c.var;
    const cast = await castVote(ports)({
      tenant: caller.tenant,
      approval: id,
      vote: { ...vote, person: caller.id, roles: caller.roles },
    });
    switch (cast.outcome) {
      case 'unknown':
        throw notFound('such approval');
      case 'refused':
        throw new Refused(statusOf(cast.refusal), cast.reason);
      case 'counted':
        return c.json({ status: cast.status, approvals: cast.approvals, quorum: cast.quorum });
    }
  });

const statusOf = (refusal: VoteRefusal): 403 | 409 =>
  refusal === 'excluded' || refusal === 'role' ? 403 : 409;
