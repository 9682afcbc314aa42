import { expect, it } from 'vitest';
import { DEFAULT_ROLLOUT_POLICY } from '#domain/gates/rollout-policy.ts';
import { harmOf } from '#domain/rollout/harm.ts';
import { judgeLook } from '#domain/rollout/judge-look.ts';
import type { Look } from '#domain/rollout/observation.ts';
import { MAX_EVIDENCE_BYTES, RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { startRollout } from '#domain/rollout/state.ts';
import { inStep } from './sample-rollout.ts';

const policy = { ...DEFAULT_ROLLOUT_POLICY, shadow: false };
const events = (canary: number, baseline: number): Look['observations'] => ({
  failures: {
    kind: 'events',
    strata: [
      {
        canary: { exposures: 5_000, events: canary },
        baseline: { exposures: 95_000, events: baseline },
      },
    ],
  },
});

/** A rollout in a step after one look that saw this. */
function harmed(observations: Look['observations'], step = 1) {
  const assigned = { canary: 5_000, baseline: 95_000 };
  const look = { number: 1, step: 1, assigned, observations };
  const { state } = judgeLook(startRollout(policy), look, policy);
  return inStep(step, { policy, state });
}

it('of failing requests is critical, and told with the numbers that show it', () => {
  const harm = harmOf(harmed(events(400, 100)), 7);
  expect(harm).toMatchObject({
    severity: 'critical',
    reason: expect.stringContaining('the canary does harm'),
    evidence: {
      look: 1,
      step: 1,
      generation: 7,
      guardrails: [
        { id: 'failures', canary: { exposures: 5_000, events: 400 }, baseline: { events: 100 } },
        { id: 'latency' },
        { id: 'score' },
      ],
      checks: expect.arrayContaining([{ id: 'harm', message: expect.any(String) }]),
    },
  });
});

it('of anything else may go step by step, unless the version answers nobody anyway', () => {
  const scores: Look['observations'] = {
    score: {
      kind: 'mean',
      strata: [
        {
          canary: { count: 5_000, mean: 0.5, m2: 1_250 },
          baseline: { count: 5_000, mean: 0.9, m2: 450 },
        },
      ],
    },
  };
  expect(harmOf(harmed(scores), 7).severity).toBe('high');
  expect(harmOf(harmed(scores, 0), 7).severity).toBe('critical');
});

it('fits into a request', () => {
  const asked = {
    id: '01890000-0000-7000-8000-000000000001',
    ...{ tenant: 'acme', model: 'churn', trigger: 'look', actor: 'look-at-rollout' },
    generation: 7,
    ...harmOf(harmed(events(400, 100)), 7),
  };
  expect(RollbackRequest.safeParse(asked).error).toBeUndefined();
  expect(JSON.stringify(asked.evidence).length).toBeLessThan(MAX_EVIDENCE_BYTES / 8);
});
