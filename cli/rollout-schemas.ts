import * as z from 'zod/mini';
import { Check } from './check-schema.ts';

// Answers are read tolerantly, as those of api-schemas.ts.

const STATUSES = ['RUNNING', 'PROMOTED', 'ROLLED_BACK', 'ABORTED', 'FAULTED'] as const;

const Text = z.optional(z.nullable(z.string()));

/** What holds a model's promotions back. */
const Block = z.optional(z.nullable(z.object({ since: Text, by: z.string() })));

export const RolloutBrief = z.object({
  id: z.string(),
  version: z.string(),
  /** The version that it is compared with. */
  baseline: z.string(),
  status: z.enum(STATUSES),
  paused: z.boolean(),
  /** 0 is the shadow; 1 is the first of `steps`. */
  step: z.number(),
  /** Percent of units. */
  steps: z.array(z.number()),
  /** Of units, 0 to 1; absent where the version is not on trial. */
  share: z.optional(z.nullable(z.number())),
  asked: z.optional(z.nullable(z.object({ at: z.string(), reason: z.string(), block: Block }))),
  ended: z.optional(z.nullable(z.object({ at: z.string(), by: z.string(), reason: z.string() }))),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type RolloutBrief = z.infer<typeof RolloutBrief>;

/** Units of one arm. */
const Arm = z.object({ exposures: z.number(), failures: z.number() });
export type Arm = z.infer<typeof Arm>;

export const Rollout = z.extend(RolloutBrief, {
  allowedStep: z.optional(z.nullable(z.number())),
  /** The block that leave was given despite. */
  despite: Block,
  look: z.optional(
    z.nullable(
      z.object({
        number: z.number(),
        at: z.string(),
        step: z.number(),
        outcome: z.enum(['PASS', 'INSUFFICIENT', 'ERROR', 'FAIL']),
        checks: z.array(Check),
        nextAt: z.string(),
      }),
    ),
  ),
  traffic: z.optional(z.nullable(z.object({ candidate: Arm, stable: Arm }))),
  route: z.optional(z.nullable(z.object({ generation: z.number(), leaseUntil: Text }))),
});
export type Rollout = z.infer<typeof Rollout>;

export const RollbackAsked = z.object({
  id: z.string(),
  /** The version that is to go, and the one that answers afterwards. */
  version: z.string(),
  to: z.string(),
});
export type RollbackAsked = z.infer<typeof RollbackAsked>;

export const RolloutStarted = z.object({ id: z.string(), version: z.string() });
export type RolloutStarted = z.infer<typeof RolloutStarted>;

const ROLLBACK_STATUSES = [
  'RUNNING',
  'ROLLED_BACK',
  'VERIFIED',
  'UNVERIFIED',
  'NOTHING',
  'REFUSED',
  'HELD',
  'FAULTED',
] as const;

export const Rollback = z.object({
  id: z.string(),
  status: z.enum(ROLLBACK_STATUSES),
  /** What is rolled back, and what answers instead. */
  version: Text,
  to: Text,
  mode: Text,
  severity: z.string(),
  trigger: z.string(),
  actor: z.string(),
  reason: z.string(),
  abort: z.optional(z.boolean()),
  /** Why it ended without rolling back, or how it broke off. */
  why: Text,
  checks: z.optional(z.nullable(z.array(Check))),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type Rollback = z.infer<typeof Rollback>;
