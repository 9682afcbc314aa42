import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import type { PolicyOverlay } from '#domain/gates/policy-overlay.ts';
import { gaussian, mulberry32 } from '#domain/gates/random.ts';
import type { RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import { changePolicy } from '#domain/gates/tighten-policy.ts';
import { shareOf } from '#domain/rollout/apply-look.ts';
import { bucketOf } from '#domain/rollout/histogram.ts';
import { judgeLook } from '#domain/rollout/judge-look.ts';
import type { Histogram, Look, Observation } from '#domain/rollout/observation.ts';
import { startRollout } from '#domain/rollout/state.ts';
import { lookLease } from '#domain/serving/routing/look-lease.ts';

const OVERLAY: PolicyOverlay = JSON.parse(
  readFileSync(new URL('../../../examples/rollout/policy.json', import.meta.url), 'utf8'),
);
const PER_SECOND = 20;
const RUNS = 100;
const LOOKS_MOST = 200;

function policyWith(rollout: object = {}): RolloutPolicy {
  const overlay = { ...OVERLAY, rollout: { ...OVERLAY.rollout, ...rollout } };
  const change = changePolicy(DEFAULT_POLICY, DEFAULT_POLICY, overlay);
  if (change.outcome === 'invalid') throw new Error(JSON.stringify(change.problems));
  return change.policy.rollout;
}

/** How the two versions behave; the candidate fails once users get its answers. */
interface Versions {
  readonly failing?: number;
  readonly stableMs?: number;
  readonly candidateMs?: number;
  /** Probabilities that an answer is right, where outcomes come back. */
  readonly right?: { readonly candidate: number; readonly stable: number };
}

/** How one rollout ended, in which step, and after how many seconds of waiting. */
function rollOut(policy: RolloutPolicy, versions: Versions, random: () => number) {
  const { failing = 0, stableMs = 0.05, candidateMs = stableMs, right } = versions;
  let state = startRollout(policy);
  let step = state.step;
  let looks = 0;
  let seconds = 0;
  const happens = (times: number, probability: number): number =>
    Array.from({ length: times }).filter(() => random() < probability).length;
  const latencies = (times: number, ms: number): Histogram =>
    Array.from({ length: times }, () => [bucketOf(ms * Math.exp(gaussian(random) / 5)), 1]);
  const moments = (count: number, probability: number) => {
    const mean = count === 0 ? 0 : happens(count, probability) / count;
    return { count, mean, m2: count * mean * (1 - mean) };
  };

  while (state.look < LOOKS_MOST) {
    const { nextSeconds } = lookLease(policy, looks++);
    seconds += nextSeconds;
    const users = PER_SECOND * nextSeconds;
    const treated = happens(users, shareOf(step, policy));
    const mirrored = happens(users, policy.shadowSample);
    const canary = step === 0 ? mirrored : treated;
    const baseline = step === 0 ? mirrored : users - treated;
    const failed = happens(canary, step === 0 ? 0 : failing);
    const observations: Record<string, Observation> = {
      failures: {
        kind: 'events',
        strata: [
          {
            canary: { exposures: canary, events: failed },
            baseline: { exposures: baseline, events: 0 },
          },
        ],
      },
      latency: {
        kind: 'latency',
        strata: [
          {
            canary: latencies(canary - failed, candidateMs),
            baseline: latencies(baseline, stableMs),
          },
        ],
      },
      ...(right && {
        score: {
          kind: 'mean',
          strata: [
            { canary: moments(canary, right.candidate), baseline: moments(baseline, right.stable) },
          ],
        },
      }),
    };
    const look: Look = {
      number: state.look + 1,
      step,
      assigned: { canary, baseline },
      observations,
    };
    const judged = judgeLook(state, look, policy);
    state = judged.state;
    const { outcome } = judged.judgement;
    if (outcome === 'FAIL' || outcome === 'ERROR') return { outcome, step, seconds };
    if (outcome !== 'PASS') continue;
    if (step === policy.steps.length) return { outcome, step, seconds };
    step += 1;
    looks = 0;
  }
  return { outcome: 'undecided', step, seconds };
}

function rolloutsOf(policy: RolloutPolicy, versions: Versions) {
  const random = mulberry32(1);
  return Array.from({ length: RUNS }, () => rollOut(policy, versions, random));
}

describe('the policy of examples/rollout', () => {
  it('brings a healthy version to production within a minute', () => {
    for (const { outcome, step, seconds } of rolloutsOf(policyWith(), {})) {
      expect([outcome, step]).toEqual(['PASS', 3]);
      expect(seconds).toBeLessThan(60);
    }
  });

  it.each<[string, Versions]>([
    ['crashes', { failing: 1 }],
    ['answers every third request with NaN', { failing: 1 / 3 }],
  ])('rolls back what %s, while few get its answers', (_, versions) => {
    for (const { outcome, step, seconds } of rolloutsOf(policyWith(), versions)) {
      expect(outcome).toBe('FAIL');
      expect(step).toBeLessThanOrEqual(2);
      expect(seconds).toBeLessThan(60);
    }
  });

  it('rolls back what is slow before anybody gets its answers', () => {
    for (const one of rolloutsOf(policyWith(), { stableMs: 8, candidateMs: 18 })) {
      expect(one).toMatchObject({ outcome: 'FAIL', step: 0 });
    }
  });

  it('rolls back what is less right, where outcomes come back', () => {
    const guardrails = policyWith().guardrails.map((guardrail) => ({
      ...guardrail,
      required: true,
    }));
    const policy = policyWith({ shadow: false, steps: [50, 100], guardrails });
    for (const one of rolloutsOf(policy, { right: { candidate: 0.79, stable: 0.97 } })) {
      expect(one).toMatchObject({ outcome: 'FAIL', step: 1 });
      expect(one.seconds).toBeLessThan(60);
    }
  });
});
