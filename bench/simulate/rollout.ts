import { applyLook, shareOf } from '#domain/rollout/apply-look.ts';
import { standing, thresholds } from '#domain/rollout/standing.ts';
import { startRollout } from '#domain/rollout/state.ts';
import { sfc32 } from './random.ts';
import type { Scenario } from './scenarios.ts';
import { World } from './world.ts';

/** 150 looks of 2,000 units: what a rollout may take. */
const HORIZON = 150;

export interface Simulated {
  readonly end: 'promoted' | 'rolled back' | 'error' | 'undecided';
  /** Whether any step ever passed. */
  readonly passed: boolean;
  readonly looks: number;
}

/** One rollout by the decision engine itself, its steps advanced as it says. */
export function simulate(scenario: Scenario, seed: number, stream: number): Simulated {
  const { policy } = scenario;
  const world = new World(scenario, sfc32(seed, stream));
  let state = startRollout(policy);
  let step = 1;
  let passed = false;
  for (let number = 1; number <= HORIZON; number++) {
    const look = world.look(number, step, shareOf(step, policy), state);
    const applied = applyLook(state, look, policy);
    if (applied.kind !== 'applied') throw new Error(`look ${number} was ${applied.kind}`);
    state = applied.state;
    const { outcome } = standing(state, policy);
    if (outcome === 'FAIL') return { end: 'rolled back', passed, looks: number };
    if (outcome === 'ERROR' && state.split.greatest >= thresholds(policy).sampleRatio)
      return { end: 'error', passed, looks: number };
    if (outcome === 'PASS') {
      passed = true;
      if (step === policy.steps.length) return { end: 'promoted', passed, looks: number };
      step++;
    }
  }
  return { end: 'undecided', passed, looks: HORIZON };
}
