import type { RollbackPolicy } from '#domain/gates/rollback-policy.ts';
import type { RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import type { Check } from '#domain/gates/verdict.ts';
import type { Digest } from '#domain/registry/digest.ts';
import type { Sample } from './distinct.ts';
import type { Outcome } from './standing.ts';
import type { RolloutState } from './state.ts';
import type { Outcomes, Traffic } from './traffic.ts';

/** `RUNNING` until it ends in one of the others, for good. */
export type RolloutStatus = 'RUNNING' | 'PROMOTED' | 'ROLLED_BACK' | 'ABORTED' | 'FAULTED';

/** Which generation of the route began a step; 0 is the shadow. */
export interface BegunStep {
  readonly step: number;
  readonly generation: number;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** What has been counted of a generation by the last look. */
export interface Counted {
  readonly traffic: Traffic;
  readonly outcomes: Outcomes;
  /** Once users were counted. */
  readonly distinct?: DistinctCounted;
}

/** Users who are not counted again, whichever processes meet them. */
export interface DistinctCounted {
  /** By arm: how many were assigned, by the rank of their hash. */
  readonly assigned: Readonly<Record<string, readonly number[]>>;
  /** Who failed, in either arm. */
  readonly failed: Sample;
}

/** Why a model's monitoring holds back what would serve instead of the version that it watches. */
export interface PromotionBlock {
  /** ISO 8601, UTC; a later block is another one. Undefined where the state does not say. */
  readonly since?: string;
  /** The alarms that do it, in words. */
  readonly by: string;
}

/** What a person is asked to decide. */
export interface Question {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly reason: string;
  /** The block that it names: leave covers this one, and none that came later. */
  readonly block?: PromotionBlock;
}

/** How the last look went. */
export interface LastLook {
  readonly number: number;
  readonly at: string;
  readonly step: number;
  readonly outcome: Outcome;
  readonly checks: readonly Check[];
  /** Seconds until the next one. */
  readonly nextSeconds: number;
}

/** The registry's item of one rollout, without its keys. */
export interface RolloutRecord {
  /** UUID v7: later rollouts of a model sort later. */
  readonly id: string;
  readonly tenant: string;
  readonly model: string;
  readonly version: string;
  readonly digest: Digest;
  /** The version that it is compared with. */
  readonly baseline: string;
  /** Execution ARN of the state machine that looks at it. */
  readonly execution: string;
  readonly approval: string;
  readonly policyHash: Digest;
  /** As it was when the rollout began: later changes of the policy do not bend its statistics. */
  readonly policy: RolloutPolicy;
  readonly rollback: RollbackPolicy;
  readonly status: RolloutStatus;
  /** Looks go on and harm still rolls back, but no step begins. */
  readonly paused: boolean;
  /** Kill epoch of the route that it began under. */
  readonly epoch: number;
  readonly steps: readonly BegunStep[];
  readonly state: RolloutState;
  /** By generation of the route. */
  readonly counted: Readonly<Record<string, Counted>>;
  readonly last?: LastLook;
  /** While a person has to decide whether it goes on. */
  readonly asked?: Question;
  /** A person's leave to begin this step without the evidence for it. */
  readonly allowedStep?: number;
  /** The block that the latest leave covers: the one that its question named. */
  readonly despite?: PromotionBlock;
  readonly ended?: { readonly at: string; readonly by: string; readonly reason: string };
  /** Counts changes of this item. */
  readonly rev: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Who may be asked to roll back, and how soon: `critical` at once, the others step by step. */
export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What noticed the harm. */
export const TRIGGERS = ['breaker', 'look', 'alarm', 'monitoring', 'person'] as const;
export type Trigger = (typeof TRIGGERS)[number];
