import * as z from 'zod/mini';

// Answers are read tolerantly, as those of api-schemas.ts.

const Text = z.optional(z.nullable(z.string()));
const Count = z.optional(z.nullable(z.number()));

export const ExperimentBrief = z.object({
  id: z.string(),
  status: z.enum(['PLANNED', 'RUNNING', 'CONCLUDED', 'ABORTED']),
  outcome: z.optional(z.nullable(z.enum(['winner', 'no-winner', 'insufficient']))),
  winner: Text,
  promotion: z.optional(z.nullable(z.enum(['automatic', 'person']))),
  /** Why it was aborted. */
  reason: Text,
  failure: Text,
  control: z.string(),
  treatments: z.array(z.string()),
  metric: z.object({ id: z.string(), kind: z.string(), better: z.string() }),
  creator: z.string(),
  stop: z.optional(z.nullable(z.object({ at: z.string(), by: z.string(), reason: z.string() }))),
  createdAt: z.string(),
  startedAt: Text,
  endedAt: Text,
});
export type ExperimentBrief = z.infer<typeof ExperimentBrief>;

const Arm = z.object({
  name: z.string(),
  version: z.string(),
  weight: Count,
  vetoed: z.boolean(),
  assigned: z.number(),
  exposures: z.number(),
  failures: z.number(),
  p95Ms: Count,
  /** That the metric is known of. */
  units: z.number(),
  mean: Count,
  difference: z.optional(z.nullable(z.object({ low: z.number(), high: z.number() }))),
  guardrails: z.array(z.object({ id: z.string(), harmed: z.boolean() })),
});
export type Arm = z.infer<typeof Arm>;

export const Experiment = z.extend(ExperimentBrief, {
  plan: z.object({
    allocation: z.looseObject({ kind: z.string() }),
    guardrails: z.array(z.string()),
    alpha: z.number(),
    unitsMin: z.number(),
    hours: z.object({ min: z.number(), max: z.number() }),
  }),
  lookedAt: Text,
  nextLookAt: Text,
  endsAt: Text,
  missing: z.array(z.string()),
  trafficSound: z.optional(z.nullable(z.boolean())),
  arms: z.array(Arm),
  rollout: Text,
});
export type Experiment = z.infer<typeof Experiment>;
