import type { Written } from '#aws/registry-table.ts';
import type { RollbackMachine } from '#aws/rollback-machine.ts';
import type { RolloutMachine } from '#aws/rollout-machine.ts';
import type { Rollouts } from '#aws/rollouts.ts';
import type { Act } from '#aws/version-changes.ts';
import { DEFAULT_ROLLBACK_POLICY } from '#domain/gates/rollback-policy.ts';
import { DEFAULT_ROLLOUT_POLICY } from '#domain/gates/rollout-policy.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import { withLeave, withPause } from '#domain/rollout/progress.ts';
import type { RolloutRecord } from '#domain/rollout/record.ts';
import type { RollbackRecord } from '#domain/rollout/rollback-record.ts';
import type { RollbackRequest } from '#domain/rollout/rollback-request.ts';
import type { RolloutRef } from '#domain/rollout/rollout-ref.ts';
import { startRollout } from '#domain/rollout/state.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { APPROVAL_ID, DIGEST, POLICY } from '../access/fake-approvals.ts';

const AT = '2026-01-01T00:00:00.000Z';
export const OLD = parseDigest('01'.repeat(32));
export const OLDEST = parseDigest('02'.repeat(32));
const LEASE_UNTIL = Date.parse('2100-01-01T00:00:00Z');

/** Version 1.0.0 on trial at a quarter of the units, beside stable 0.9.0, which followed 0.8.0. */
export const routeOf = (more: Partial<RouteDocument> = {}): RouteDocument => ({
  schema: 'assay.route/v1',
  tenant: 'acme',
  model: 'fraud',
  generation: 12,
  killEpoch: 1,
  stable: { version: '0.9.0', digest: OLD, since: 4 },
  previous: { version: '0.8.0', digest: OLDEST },
  candidate: {
    version: '1.0.0',
    digest: DIGEST,
    mode: 'canary',
    share: 0.25,
    shadowSample: 0.1,
    leaseUntil: LEASE_UNTIL,
    epoch: 1,
    since: 9,
    salt: 'candidate/d1',
  },
  experiments: [],
  attributes: {},
  quarantined: [],
  updatedAt: AT,
  ...more,
});

export const rolloutRecord = (more: Partial<RolloutRecord> = {}): RolloutRecord => ({
  id: '0198c5f0-0000-7000-8000-0000000000b1',
  tenant: 'acme',
  model: 'fraud',
  version: '1.0.0',
  digest: DIGEST,
  baseline: '0.9.0',
  execution: 'arn:aws:states:eu-west-1:111122223333:execution:rollout:1',
  approval: APPROVAL_ID,
  policyHash: POLICY,
  policy: DEFAULT_ROLLOUT_POLICY,
  rollback: DEFAULT_ROLLBACK_POLICY,
  status: 'RUNNING',
  paused: false,
  epoch: 1,
  steps: [
    { step: 2, generation: 11, at: AT },
    { step: 3, generation: 12, at: AT },
  ],
  state: startRollout(DEFAULT_ROLLOUT_POLICY),
  counted: {},
  rev: 4,
  createdAt: AT,
  updatedAt: AT,
  ...more,
});

/** Rollouts in memory; a change counts only against the revision that is held. */
export class FakeRollouts
  implements Pick<Rollouts, 'list' | 'running' | 'pause' | 'resume' | 'allow'>
{
  held: RolloutRecord[] = [];
  /** `what actor reason` of each change. */
  readonly changes: string[] = [];
  /** Runs before each write, as another writer would. */
  meanwhile: (() => void) | undefined;

  async list({ tenant, model }: { tenant: string; model: string }): Promise<RolloutRecord[]> {
    return this.held.filter((one) => one.tenant === tenant && one.model === model);
  }

  async running(model: { tenant: string; model: string }): Promise<RolloutRecord | undefined> {
    return (await this.list(model)).findLast(({ status }) => status === 'RUNNING');
  }

  async pause(record: RolloutRecord, act: Act, reason: string): Promise<Written> {
    return this.#write(record, withPause(record, true, act.at), `pause ${act.actor} ${reason}`);
  }

  async resume(record: RolloutRecord, act: Act, reason: string): Promise<Written> {
    return this.#write(record, withPause(record, false, act.at), `resume ${act.actor} ${reason}`);
  }

  async allow(record: RolloutRecord, step: number, act: Act, reason?: string): Promise<Written> {
    const what = `allow ${step} ${act.actor} ${reason}`;
    return this.#write(record, withLeave(record, step, act.at), what);
  }

  change(change: Partial<RolloutRecord>): void {
    this.held = this.held.map((one, at) =>
      at === this.held.length - 1 ? { ...one, ...change, rev: one.rev + 1 } : one,
    );
  }

  #write(record: RolloutRecord, next: RolloutRecord, what: string): Written {
    this.meanwhile?.();
    const at = this.held.findIndex(({ id }) => id === record.id);
    if (this.held[at]?.rev !== record.rev) return { ok: false, failed: ['rollout'] };
    this.held[at] = { ...next, rev: record.rev + 1 };
    this.changes.push(what);
    return { ok: true };
  }
}

/** What the two state machines were asked for. */
export class FakeMachines {
  readonly requests: RollbackRequest[] = [];
  readonly started: { readonly rollout: RolloutRef; readonly after: string | undefined }[] = [];
  readonly records: RollbackRecord[] = [];
  answer: 'started' | 'known' = 'started';

  readonly rollback: Pick<RollbackMachine, 'request'> = {
    request: async (request) => {
      this.requests.push(request);
      return this.answer;
    },
  };

  readonly rollout: Pick<RolloutMachine, 'start'> = {
    start: async (rollout, after) => {
      this.started.push({ rollout, after });
      return this.answer;
    },
  };
}
