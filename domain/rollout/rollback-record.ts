import * as z from 'zod/mini';
import type { RollbackPolicy } from '#domain/gates/rollback-policy.ts';
import type { Check } from '#domain/gates/verdict.ts';
import type { Digest } from '#domain/registry/digest.ts';
import { ModelName, Tenant } from '#domain/registry/subject.ts';
import type { RollbackRequest } from './rollback-request.ts';

/**
 * `RUNNING` until the version is out of traffic, then `ROLLED_BACK` until its effect was watched.
 * `NOTHING`: it had no place any more; `REFUSED`: what was asked is not possible; `HELD`: there is
 * no sound version to go back to.
 */
export type RollbackStatus =
  | 'RUNNING'
  | 'ROLLED_BACK'
  | 'VERIFIED'
  | 'UNVERIFIED'
  | 'NOTHING'
  | 'REFUSED'
  | 'HELD'
  | 'FAULTED';

/** What every task of a rollback is given; the rest is in the registry. */
export const RollbackRef = z.strictObject({ tenant: Tenant, model: ModelName, id: z.uuidv7() });
export type RollbackRef = Readonly<z.infer<typeof RollbackRef>>;

/** An arm of a trial, as traffic is counted. */
export interface CountedArm {
  readonly trial: string;
  readonly arm: string;
}

/** What the kill did, and by which counters to see whether it works. */
export interface Killed {
  /** Of the route that it wrote. */
  readonly generation: number;
  readonly at: string;
  /** The version that answers instead. */
  readonly to: string;
  /** Arms that the version was counted under, and the generations that it may still be counted in. */
  readonly arms: readonly CountedArm[];
  readonly generations: readonly number[];
  /** Since when the last of these generations was in force, ISO 8601. */
  readonly lastSince: string;
}

/** What was counted when every process should know of the kill; more would be by stale routes. */
export interface Watch {
  readonly at: string;
  readonly exposures: number;
  /** Requests each second before the kill, as far as they were counted. */
  readonly perSecond: number;
  /** Which watch this is, from 1: processes that had not written yet what they counted make one more. */
  readonly number: number;
}

/** The registry's item of one rollback, without its keys. */
export interface RollbackRecord extends RollbackRef {
  readonly request: RollbackRequest;
  readonly execution: string;
  readonly status: RollbackStatus;
  /** Why it ended without rolling back, or how it faulted. */
  readonly reason?: string;
  /** What is rolled back; missing where the request found nothing of the kind. */
  readonly version?: string;
  readonly digest?: Digest;
  readonly mode?: 'critical' | 'gradual';
  /** Share of the requests that it had when the rollback began. */
  readonly startShare?: number;
  /** As it was when the rollback began. */
  readonly policy: RollbackPolicy;
  /** Id of the rollout that ends by it. */
  readonly rollout?: string;
  readonly killed?: Killed;
  readonly watch?: Watch;
  readonly checks?: readonly Check[];
  /** Counts changes of this item. */
  readonly rev: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}
