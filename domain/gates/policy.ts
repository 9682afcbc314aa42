import * as z from 'zod/mini';
import { ROLES } from '#domain/access/person.ts';
import { Evaluation } from '#domain/registry/manifest.ts';
import { DatasetPolicy, DEFAULT_DATASET_POLICY } from './dataset/policy.ts';
import { DEFAULT_DEPENDENCY_POLICY, DependencyPolicy } from './dependencies/policy.ts';
import { DEFAULT_EVALUATION_POLICY, EvaluationPolicy } from './evaluation/policy.ts';
import { DEFAULT_EXPERIMENT_POLICY, ExperimentPolicy } from './experiment-policy.ts';
import { DEFAULT_LOAD_POLICY, LoadPolicy } from './load/policy.ts';
import { DEFAULT_MONITORING_POLICY, MonitoringPolicy } from './monitoring-policy.ts';
import { DEFAULT_PERFORMANCE_POLICY, PerformancePolicy } from './performance/policy.ts';
import type { PolicyOverlay } from './policy-overlay.ts';
import { DEFAULT_PRIVACY_POLICY, PrivacyPolicy } from './privacy/policy.ts';
import { DEFAULT_ROBUSTNESS_POLICY, RobustnessPolicy } from './robustness/policy.ts';
import { DEFAULT_ROLLBACK_POLICY, RollbackPolicy } from './rollback-policy.ts';
import { DEFAULT_ROLLOUT_POLICY, RolloutPolicy } from './rollout-policy.ts';
import { DEFAULT_SCAN_POLICY, ScanPolicy } from './scan/policy.ts';

/** The labelled rows that judge a model's versions, pinned when its first version is approved. */
export const Holdout = z.strictObject({
  bucket: z.string(),
  key: z.string(),
  versionId: z.string(),
  sha256: z.string(),
  evaluation: Evaluation,
});
export type Holdout = z.infer<typeof Holdout>;

/** Gates that every policy requires. */
const FLOOR = ['integrity', 'security'];

/**
 * `assay.policy/v1`: every threshold a release is judged by. Its RFC 8785 hash is bound into
 * gate results, approvals and admissions.
 */
export const Policy = z.strictObject({
  schema: z.literal('assay.policy/v1'),
  gates: z.strictObject({
    /** Integrity and security are always among them. */
    required: z.array(z.string()).check(
      z.refine((gates) => FLOOR.every((gate) => gates.includes(gate)), {
        error: `the gates ${FLOOR.join(' and ')} among them: no policy may do without them`,
      }),
    ),
  }),
  evaluation: EvaluationPolicy,
  performance: PerformancePolicy,
  security: z.strictObject({ scan: ScanPolicy }),
  dependencies: DependencyPolicy,
  dataset: DatasetPolicy,
  privacy: PrivacyPolicy,
  robustness: RobustnessPolicy,
  load: LoadPolicy,
  integration: z.strictObject({
    /** Share of the golden cases that must be answered as expected. */
    successRateMin: z.number().check(z.minimum(0), z.maximum(1)),
  }),
  approvals: z.strictObject({
    /** Deploy-time floor: 2. */
    quorum: z.int().check(z.minimum(2)),
    roles: z.array(z.enum(ROLES)).check(z.minLength(1, { error: 'somebody who may approve' })),
    /** A release waits for a week at the most, all its approvals together. */
    expireHours: z.number().check(z.positive(), z.maximum(120)),
  }),
  rollout: RolloutPolicy,
  rollback: RollbackPolicy,
  experiments: ExperimentPolicy,
  monitoring: MonitoringPolicy,
  holdout: z.optional(Holdout),
});
export type Policy = z.infer<typeof Policy>;

/** The sources of the numbers stand beside each section's defaults. */
export const DEFAULT_POLICY: Policy = {
  schema: 'assay.policy/v1',
  gates: {
    required: [
      'integrity',
      'schema',
      'dataset',
      'security',
      'dependencies',
      'privacy',
      'performance',
      'robustness',
      'integration',
      'load',
    ],
  },
  evaluation: DEFAULT_EVALUATION_POLICY,
  performance: DEFAULT_PERFORMANCE_POLICY,
  security: { scan: DEFAULT_SCAN_POLICY },
  dependencies: DEFAULT_DEPENDENCY_POLICY,
  dataset: DEFAULT_DATASET_POLICY,
  privacy: DEFAULT_PRIVACY_POLICY,
  robustness: DEFAULT_ROBUSTNESS_POLICY,
  load: DEFAULT_LOAD_POLICY,
  integration: { successRateMin: 1 },
  approvals: { quorum: 2, roles: ['ml_engineer', 'senior_engineer'], expireHours: 72 },
  rollout: DEFAULT_ROLLOUT_POLICY,
  rollback: DEFAULT_ROLLBACK_POLICY,
  experiments: DEFAULT_EXPERIMENT_POLICY,
  monitoring: DEFAULT_MONITORING_POLICY,
};

/** What a tenant or a model adds to the policy above it; its revision counts the changes. */
export interface PolicyLayer {
  readonly revision: number;
  /** Settings that stand otherwise than above, each as it would stand in the policy. */
  readonly overlay?: PolicyOverlay;
  /** Of a model alone. */
  readonly holdout?: Holdout;
  /** A looser overlay that one admin asked for and another has to ask for too. */
  readonly proposal?: PolicyProposal;
}

export interface PolicyProposal {
  readonly overlay: PolicyOverlay;
  /** Person id. */
  readonly proposer: string;
}

/** The policy that applies now: the tenant's settings over the default's, the model's over both. */
export const resolvePolicy = (
  base: Policy,
  ...layers: readonly Pick<PolicyLayer, 'overlay' | 'holdout'>[]
): Policy =>
  layers.reduce<Policy>(
    (policy, { overlay = {}, holdout }) => ({
      ...overlaid(policy, overlay),
      ...(holdout && { holdout }),
    }),
    base,
  );

/** Each section's settings over the base's; lists are replaced whole. */
export function overlaid(base: Policy, overlay: PolicyOverlay): Policy {
  const sections = Object.entries(overlay).map(([section, settings]) => [
    section,
    { ...(base as unknown as Record<string, object>)[section], ...settings },
  ]);
  return { ...base, ...Object.fromEntries(sections) };
}
