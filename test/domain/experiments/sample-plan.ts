import type { ExperimentPlan } from '#domain/experiments/plan.ts';
import { parseDigest } from '#domain/registry/digest.ts';

const target = (n: number) => ({
  version: `${n}.0.0`,
  digest: parseDigest(`${n}`.repeat(64)),
});

/** One treatment against the version that is stable, as strict as the policy asks. */
export const samplePlan = (changes: Partial<ExperimentPlan> = {}): ExperimentPlan => ({
  schema: 'assay.experiment/v1',
  id: 'colour',
  tenant: 'acme',
  model: 'churn',
  layer: 'main',
  range: { from: 0, to: 1 },
  attributes: {},
  control: target(1),
  treatments: [{ name: 'bold', target: target(2) }],
  allocation: { kind: 'fixed', split: 0.1 },
  metric: { id: 'conversion', kind: 'events', better: 'higher' },
  effectMin: 0,
  guardrails: ['errors'],
  alpha: 0.05,
  unitsMin: 1000,
  hours: { min: 24, max: 168 },
  autoPromote: false,
  ...changes,
});

export const twoTreatments = [
  { name: 'bold', target: target(2) },
  { name: 'pale', target: target(3) },
];

export const BANDIT = { kind: 'thompson', floor: 0.01, batchMinutes: 10 } as const;
