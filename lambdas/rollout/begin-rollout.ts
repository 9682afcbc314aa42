import * as z from 'zod/mini';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { Policies } from '#aws/policies.ts';
import { PromotionBlocks } from '#aws/promotion-blocks.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { Rollouts } from '#aws/rollouts.ts';
import { Routes } from '#aws/routes.ts';
import type { RolloutRecord } from '#domain/rollout/record.ts';
import { type LookLease, lookLease } from '#domain/serving/routing/look-lease.ts';
import type { Moment } from '#domain/serving/routing/transition.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { blockedBy } from '../registry/approved-terms.ts';
import { beginningOf, type Refused, type Sources } from './beginning.ts';
import { rolloutInput } from './rollout-input.ts';

const Input = z.strictObject({ ...rolloutInput, startedAt: z.iso.datetime({ offset: true }) });

/** What a Choice routes on; a version that may not be tried stays in STAGING. */
type Begun =
  | { readonly outcome: 'begun' | 'busy'; readonly seconds: number }
  | { readonly outcome: 'blocked'; readonly reason: string };

interface Ports extends Sources {
  readonly rollouts: Pick<Rollouts, 'get' | 'begin' | 'continue'>;
}

/** Other changes of the same route that may come between reading and writing. */
const TURNS = 5;

/** Puts a version on trial, in one transaction that checks everything people agreed to. */
export const beginRollout =
  (ports: Ports) =>
  async ({ rollout, execution, startedAt }: z.infer<typeof Input>): Promise<Begun> => {
    for (let turn = 0; turn < TURNS; turn++) {
      const now = act('begin-rollout');
      const at = { ms: Date.parse(now.at), iso: now.at };
      const known = await ports.rollouts.get(rollout, rollout.id);
      if (known) {
        const taken = await takeOver(ports.rollouts, known, execution);
        if (taken) return taken;
        continue;
      }
      const beginning = await beginningOf(ports, rollout, execution, at);
      if ('outcome' in beginning) {
        return beginning.outcome === 'busy' ? turnAfter(beginning, startedAt, at) : beginning;
      }
      const written = await ports.rollouts.begin(beginning, now);
      if (written.ok) return { outcome: 'begun', seconds: firstLook(beginning.record).nextSeconds };
      const reason = blockedBy(written.failed);
      if (reason !== undefined) return { outcome: 'blocked', reason };
    }
    throw new Error(`the route of ${rollout.model} changed ${TURNS} times while beginning; retry`);
  };

/** A retry finds its own rollout; a successor takes over its predecessor's. */
async function takeOver(
  rollouts: Ports['rollouts'],
  known: RolloutRecord,
  execution: string,
): Promise<Begun | undefined> {
  if (known.status !== 'RUNNING') {
    return { outcome: 'blocked', reason: `the rollout is ${known.status}` };
  }
  const mine = known.execution === execution;
  if (!mine && !(await rollouts.continue(known, execution, act('begin-rollout'))).ok) {
    return undefined;
  }
  return { outcome: 'begun', seconds: firstLook(known).nextSeconds };
}

const firstLook = ({ policy }: RolloutRecord): LookLease => lookLease(policy, 0);

/** A week: as long as an admitted version waits for another's trial to end. */
const PATIENCE_SECONDS = 7 * 24 * 3600;

/**
 * Waits a tenth of the time waited already, of 10 s to 15 min: some 700 turns in a week, of the
 * 2,700 that an execution's history of 25,000 events has room for.
 */
function turnAfter({ reason }: Refused, startedAt: string, at: Moment): Begun {
  const waited = Math.max(0, (at.ms - Date.parse(startedAt)) / 1000);
  if (waited > PATIENCE_SECONDS) return { outcome: 'blocked', reason };
  return { outcome: 'busy', seconds: Math.round(Math.min(900, Math.max(10, waited / 10))) };
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return beginRollout({
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    registry: new ModelRegistry(table),
    routes: new Routes(table),
    policies: new Policies(table),
    blocks: new PromotionBlocks(table),
    rollouts: new Rollouts(table),
  });
});
