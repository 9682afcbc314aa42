import * as z from 'zod/mini';

const Alpha = z.number().check(z.positive(), z.maximum(0.5));
const Positive = z.number().check(z.positive());
const Ratios = z.array(Positive).check(z.minLength(1));

/** One metric that a canary must not worsen. */
export const Guardrail = z.strictObject({
  id: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,40}$/)),
  kind: z.enum(['events', 'latency', 'mean']),
  /** Of a mean; the more events and milliseconds, the worse. */
  better: z._default(z.enum(['higher', 'lower']), 'higher'),
  /** Whether a step ends only once the canary is shown not to be worse in it. */
  required: z.boolean(),
});
export type Guardrail = z.infer<typeof Guardrail>;

/** How a version comes to traffic: what a rollout does, and what each look at it is judged by. */
export const RolloutPolicy = z
  .strictObject({
    /** Whether an approved version is tried beside the one that serves; otherwise it replaces it. */
    trial: z.boolean(),
    /** Whether traffic is mirrored to the candidate before any is routed to it. */
    shadow: z.boolean(),
    /** Share of the requests mirrored in shadow. */
    shadowSample: z.number().check(z.positive(), z.maximum(1)),
    /** Percent of units routed to the canary, ascending to 100. */
    steps: z.array(Positive.check(z.maximum(100))).check(
      z.minLength(1),
      z.refine((steps) => steps.every((step, i) => i === 0 || step > (steps[i - 1] ?? 0)), {
        error: 'must ascend: a step routes more than the one before',
      }),
      z.refine((steps) => steps.at(-1) === 100, { error: 'must end with 100: all traffic' }),
    ),
    lookSecondsMin: Positive,
    lookSecondsMax: Positive,
    /** How much longer each look of a step waits than the one before. */
    lookGrowth: z.number().check(z.minimum(1)),
    /** How much longer than until its next look a candidate may serve when nobody looks. */
    leaseMarginSeconds: z.number().check(z.minimum(10), z.maximum(900)),
    /** A step without a decision after this time waits for a person to decide. */
    askAfterHours: Positive.check(z.maximum(24 * 14)),
    guardrails: z.array(Guardrail).check(
      z.minLength(1),
      z.refine((all) => new Set(all.map(({ id }) => id)).size === all.length, {
        error: 'must have different ids',
      }),
      z.refine((all) => all.some(({ required }) => required), {
        error: 'must have a required one: otherwise nothing holds a promotion back',
      }),
    ),
    /** Units that the canary must have served in a step. */
    exposuresMin: z.int().check(z.minimum(1)),
    /** Consecutive looks without a guardrail's numbers that make an error. */
    missingLooksMax: z.int().check(z.minimum(1)),
    /** Probability that an equal canary is ever rolled back; half for looks, half for analyses. */
    harmAlpha: Alpha,
    /** Ratio of rates, canary over baseline, that is no harm yet. */
    harmRatio: z.number().check(z.minimum(1)),
    harmAlternatives: Ratios,
    /** Group-sequential analyses of each guardrail that counts events. */
    analyses: z.int().check(z.minimum(1), z.maximum(10)),
    /** Probability that a canary as bad as `promotionRatio` ever ends a step. */
    promotionAlpha: Alpha,
    /** Ratio of rates that a step's end must have excluded. */
    promotionRatio: z.number().check(z.gt(1)),
    promotionAlternatives: Ratios,
    /** An event rate shown to lie below this may have any ratio; 0 knows no such rate. */
    negligibleRate: z.number().check(z.nonnegative(), z.lt(1)),
    latencyQuantile: z.number().check(z.gt(0), z.lt(1)),
    /** Slowdown that counts as none. */
    latencyRatio: z.number().check(z.minimum(1)),
    /** Slowdown in milliseconds that counts as none, however fast the model is. */
    latencySlackMs: z.number().check(z.nonnegative()),
    /** Baseline latencies that the threshold is frozen after. */
    latencySamplesMin: z.int().check(z.minimum(1)),
    /** Loss of a mean that a step's end must have excluded, in the metric's unit. */
    meanMargin: Positive,
    /** Outcomes of each arm before a mean is judged: its bounds are asymptotic. */
    meanSamplesMin: z.int().check(z.minimum(2)),
    /** Outcomes of both arms, evenly split, at which a mean's bounds are tightest. */
    meanTunedFor: z.int().check(z.minimum(1)),
    /** Probability that a sound split is ever called broken. */
    sampleRatioAlpha: Alpha,
    /** Deviation of the canary's share over the share meant. */
    trafficDeviationMax: Positive,
  })
  .check(
    z.refine((policy) => policy.harmAlternatives.every((ratio) => ratio > policy.harmRatio), {
      path: ['harmAlternatives'],
      error: 'must lie above harmRatio: they are the harm looked for',
    }),
    z.refine(
      (policy) => policy.promotionAlternatives.every((ratio) => ratio < policy.promotionRatio),
      {
        path: ['promotionAlternatives'],
        error: 'must lie below promotionRatio: they are the health looked for',
      },
    ),
    z.refine((policy) => policy.promotionRatio > policy.harmRatio, {
      path: ['promotionRatio'],
      error: 'must lie above harmRatio',
    }),
    z.refine((policy) => policy.lookSecondsMax >= policy.lookSecondsMin, {
      path: ['lookSecondsMax'],
      error: 'must not be below lookSecondsMin',
    }),
  );
export type RolloutPolicy = z.infer<typeof RolloutPolicy>;

/**
 * What applies where neither tenant nor model says otherwise.
 *
 * `exposuresMin`: what the drift checks ask of a sample. `negligibleRate`: what a service level of
 * 99.9 % leaves; without it a service that never fails could never show that a canary does not
 * fail more. `latencyQuantile`, `latencyRatio`: the performance gate's p95 ≤ 1.1 ×. `meanMargin`:
 * the drop in accuracy that pages about a running model. `sampleRatioAlpha`: the usual level of a
 * sample-ratio test (Fabijan et al., KDD 2019).
 */
export const DEFAULT_ROLLOUT_POLICY: RolloutPolicy = {
  trial: true,
  shadow: true,
  shadowSample: 0.1,
  steps: [5, 10, 25, 50, 100],
  lookSecondsMin: 20,
  lookSecondsMax: 900,
  lookGrowth: 1.25,
  leaseMarginSeconds: 60,
  askAfterHours: 24,
  guardrails: [
    { id: 'failures', kind: 'events', better: 'lower', required: true },
    { id: 'latency', kind: 'latency', better: 'lower', required: true },
    { id: 'score', kind: 'mean', better: 'higher', required: false },
  ],
  exposuresMin: 1000,
  missingLooksMax: 3,
  harmAlpha: 0.05,
  harmRatio: 1,
  harmAlternatives: [1.2, 1.35, 1.5, 1.75, 2, 2.5, 3.5, 6, 12],
  analyses: 4,
  promotionAlpha: 0.05,
  promotionRatio: 1.5,
  promotionAlternatives: [0.7, 0.85, 1, 1.15],
  negligibleRate: 0.001,
  latencyQuantile: 0.95,
  latencyRatio: 1.1,
  latencySlackMs: 2,
  latencySamplesMin: 1000,
  meanMargin: 0.05,
  meanSamplesMin: 100,
  meanTunedFor: 2000,
  sampleRatioAlpha: 0.001,
  trafficDeviationMax: 0.05,
};

/** How long to wait before the next look, after `looks` looks in the same step. */
export const secondsToLook = (policy: RolloutPolicy, looks: number): number =>
  Math.min(policy.lookSecondsMax, policy.lookSecondsMin * policy.lookGrowth ** looks);
