import {
  DEFAULT_ROLLOUT_POLICY,
  type Guardrail,
  type RolloutPolicy,
} from '#domain/gates/rollout-policy.ts';

export type Metric = 'events' | 'latency' | 'mean';

/** What a rollout of this kind is asked for. */
export type Bar = 'false rollback' | 'false promotion' | 'power';

export interface Scenario {
  readonly name: string;
  readonly bar: Bar;
  readonly metrics: readonly Metric[];
  /** Units of either arm that an event befalls in a look, of an average day. */
  readonly rate: number;
  /** Canary's rate of events, and of slow units, over the baseline's. */
  readonly ratio: number;
  /** By how much less the canary is right; the baseline is in 90 %. */
  readonly loss: number;
  /** Share of users who make most of the failures, and come more often; 0 has all alike. */
  readonly heavyUsers: number;
  /** Users there are; some 2,000 come in a look. */
  readonly users: number;
  /** What an event counts: each user's first, or every request. */
  readonly unit: 'user' | 'request';
  readonly policy: RolloutPolicy;
  readonly rollouts: number;
  /** Why no bar is set. */
  readonly outside?: string;
}

const GUARDRAILS: Readonly<Record<Metric, Guardrail>> = {
  events: { id: 'events', kind: 'events', better: 'lower', required: true },
  latency: { id: 'latency', kind: 'latency', better: 'lower', required: true },
  mean: { id: 'mean', kind: 'mean', better: 'higher', required: true },
};

const MANY = 10_000;
const FEWER = 5000;
const SOME = 2000;

function scenario(
  name: string,
  bar: Bar,
  metrics: readonly Metric[],
  world: Partial<Scenario> = {},
): Scenario {
  return {
    name,
    bar,
    metrics,
    rate: 0.01,
    ratio: 1,
    loss: 0,
    heavyUsers: 0.05,
    users: 200_000,
    unit: 'user',
    rollouts: bar === 'power' ? SOME : MANY,
    policy: {
      ...DEFAULT_ROLLOUT_POLICY,
      shadow: false,
      guardrails: metrics.map((metric) => GUARDRAILS[metric]),
    },
    ...world,
  };
}

/** All that is simulated, in the order of its printing. */
export const scenarios = (): readonly Scenario[] => [
  scenario('events, 1 %, equal', 'false rollback', ['events']),
  scenario('events, 0.1 %, equal', 'false rollback', ['events'], { rate: 0.001, rollouts: FEWER }),
  scenario('latency, equal', 'false rollback', ['latency']),
  scenario('mean, equal', 'false rollback', ['mean']),
  scenario('all three, equal', 'false rollback', ['events', 'latency', 'mean']),
  scenario('events, 1 %, 1.5 ×', 'false promotion', ['events'], { ratio: 1.5 }),
  scenario('events, 0.1 %, 1.5 ×', 'false promotion', ['events'], {
    rate: 0.001 / 1.5,
    ratio: 1.5,
    rollouts: FEWER,
  }),
  scenario('latency, 1.5 × as many slow', 'false promotion', ['latency'], { ratio: 1.5 }),
  scenario('mean, the margin less', 'false promotion', ['mean'], { loss: 0.05 }),
  scenario('events, 1 %, 1.5 ×', 'power', ['events'], { ratio: 1.5 }),
  scenario('events, 0.1 %, 3 ×', 'power', ['events'], { rate: 0.001, ratio: 3 }),
  scenario('latency, 1.5 × as many slow', 'power', ['latency'], { ratio: 1.5 }),
  scenario('mean, the margin less', 'power', ['mean'], { loss: 0.05 }),
  scenario('events, 1 %, equal, few users', 'false rollback', ['events'], {
    users: 20_000,
    rollouts: FEWER,
  }),
  scenario('events, 1 %, 1.5 ×, few users', 'false promotion', ['events'], {
    users: 20_000,
    ratio: 1.5,
    rollouts: SOME,
    outside: 'none: those who fail most leave, so that the ratio falls below the margin',
  }),
  scenario('events, 1 %, equal, every request counted', 'false rollback', ['events'], {
    unit: 'request',
    rollouts: SOME,
    outside: 'none: what counting users is for',
  }),
];
