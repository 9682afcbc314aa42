import { type RolloutPolicy, secondsToLook } from '#domain/gates/rollout-policy.ts';
import { LEASE_SECONDS } from './transition.ts';

/** When a candidate is looked at next, and how long it may serve until then. */
export interface LookLease {
  /** Whole seconds: a Wait state takes no others. */
  readonly nextSeconds: number;
  readonly leaseSeconds: number;
}

/** After `looks` looks in the same step: no wait is so long that a lease could not outlast it. */
export function lookLease(policy: RolloutPolicy, looks: number): LookLease {
  const { leaseMarginSeconds } = policy;
  const longest = LEASE_SECONDS.most - leaseMarginSeconds;
  const nextSeconds = Math.max(1, Math.round(Math.min(secondsToLook(policy, looks), longest)));
  return { nextSeconds, leaseSeconds: nextSeconds + leaseMarginSeconds };
}
