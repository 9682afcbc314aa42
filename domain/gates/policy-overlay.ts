import * as z from 'zod/mini';

const SECTIONS = [
  'gates',
  'evaluation',
  'performance',
  'security',
  'dependencies',
  'dataset',
  'privacy',
  'robustness',
  'integration',
  'load',
  'approvals',
  'rollout',
  'rollback',
  'experiments',
  'monitoring',
] as const;

/**
 * What a tenant's or a model's policy says otherwise than the policy above it: settings by
 * section, each replaced whole. Which there are, and their values, is checked once merged.
 */
export const PolicyOverlay = z.partialRecord(z.enum(SECTIONS), z.record(z.string(), z.json()));
export type PolicyOverlay = z.infer<typeof PolicyOverlay>;
