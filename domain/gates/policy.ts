import * as z from 'zod/mini';
import { ROLES } from '#domain/access/person.ts';
import { Evaluation } from '#domain/registry/manifest.ts';
import { DEFAULT_PERFORMANCE_POLICY, PerformancePolicy } from './performance/policy.ts';
import type { PolicyOverlay } from './policy-overlay.ts';
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
  performance: PerformancePolicy,
  security: z.strictObject({ scan: ScanPolicy }),
  integration: z.strictObject({
    /** Share of the golden cases that must be answered as expected. */
    successRateMin: z.number().check(z.minimum(0), z.maximum(1)),
  }),
  approvals: z.strictObject({
    /** Deploy-time floor: 2. */
    quorum: z.int().check(z.minimum(2)),
    roles: z.array(z.enum(ROLES)),
    /** A release waits for a week at the most, all its approvals together. */
    expireHours: z.number().check(z.positive(), z.maximum(120)),
  }),
  holdout: z.optional(Holdout),
});
export type Policy = z.infer<typeof Policy>;

/** Sources of the numbers: the requirement documents named in docs/policy.md. */
export const DEFAULT_POLICY: Policy = {
  schema: 'assay.policy/v1',
  gates: { required: ['integrity', 'schema', 'security', 'performance', 'integration'] },
  performance: DEFAULT_PERFORMANCE_POLICY,
  security: { scan: DEFAULT_SCAN_POLICY },
  integration: { successRateMin: 1 },
  approvals: { quorum: 2, roles: ['ml_engineer', 'senior_engineer'], expireHours: 72 },
};

/** What a model adds to the default policy; its revision counts the changes. */
export interface ModelPolicy {
  readonly revision: number;
  /** Settings that are tighter than the default's, each as it would stand in the policy. */
  readonly overlay?: PolicyOverlay;
  readonly holdout?: Holdout;
  /** A looser overlay that one admin asked for and another has to ask for too. */
  readonly proposal?: PolicyProposal;
}

export interface PolicyProposal {
  readonly overlay: PolicyOverlay;
  /** Person id. */
  readonly proposer: string;
}

/** The policy that applies to a model now. Revision 0 is the default as it stands. */
export const resolvePolicy = (base: Policy, { overlay = {}, holdout }: ModelPolicy): Policy => ({
  ...overlaid(base, overlay),
  ...(holdout && { holdout }),
});

/** Each section's settings over the base's; lists are replaced whole. */
export function overlaid(base: Policy, overlay: PolicyOverlay): Policy {
  const sections = Object.entries(overlay).map(([section, settings]) => [
    section,
    { ...(base as unknown as Record<string, object>)[section], ...settings },
  ]);
  return { ...base, ...Object.fromEntries(sections) };
}
