import type { ExperimentPolicy } from '#domain/gates/experiment-policy.ts';
import type { RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import type { Digest } from '#domain/registry/digest.ts';
import type { RolloutRef } from '#domain/rollout/rollout-ref.ts';
import type { ExperimentState } from './experiment.ts';
import type { Evidence } from './judge-look.ts';
import type { ExperimentPlan } from './plan.ts';
import type { Tally } from './tally.ts';
import type { Weighing } from './weighing.ts';

/** The registry's item of one experiment, without its keys. */
export interface ExperimentRecord {
  /** Of the plan; no two experiments of a model ever share one. */
  readonly id: string;
  readonly tenant: string;
  readonly model: string;
  readonly plan: ExperimentPlan;
  readonly policyHash: Digest;
  /** Both as they were when it was created: later changes of the policy do not bend its statistics. */
  readonly policy: ExperimentPolicy;
  readonly rollout: RolloutPolicy;
  /** Person id. */
  readonly creator: string;
  readonly state: ExperimentState;
  /** Execution ARN of the state machine that looks at it, and how often that one has. */
  readonly execution?: string;
  readonly looks: number;
  /** What the route began it with; absent until then. */
  readonly begun?: Begun;
  /** The last weighing, and what has been seen. */
  readonly weighing?: Weighing;
  readonly tally?: Tally;
  readonly last?: LastLook;
  /** A person has asked for its end. */
  readonly stop?: { readonly at: string; readonly by: string; readonly reason: string };
  /** What the winner's rollout is started with, where it starts by itself. */
  readonly promotion?: RolloutRef;
  /** Why it never began, or broke off. */
  readonly failure?: string;
  /** Counts changes of this item. */
  readonly rev: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

interface Begun {
  /** Generation of the route that began it. */
  readonly generation: number;
  /** Kill epoch of the route that it began under. */
  readonly epoch: number;
}

/** How the last look went. */
export interface LastLook {
  readonly at: string;
  readonly evidence: Evidence;
  /** What it lacks to be concluded. */
  readonly missing: readonly string[];
}
