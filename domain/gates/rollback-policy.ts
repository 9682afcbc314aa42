import * as z from 'zod/mini';

/** How a version is taken out of traffic, and when it may come back. */
export const RollbackPolicy = z
  .strictObject({
    /** Parts in which a rollback that is not critical takes the share away. */
    gradualSteps: z.int().check(z.minimum(1), z.maximum(100)),
    gradualStepSeconds: z.number().check(z.positive(), z.maximum(3600)),
    /** After a rollback, how long its effect is watched before it counts as verified. */
    validationSeconds: z.number().check(z.positive(), z.maximum(3600)),
    /** Share of the requests that the version may still answer meanwhile, by stale routes. */
    residualShareMax: z.number().check(z.minimum(0), z.lt(1)),
    /** Greatest difference between a golden answer and the answer of what serves afterwards. */
    goldenToleranceMax: z.number().check(z.nonnegative()),
    /** First quarantine of a digest; each further one lasts twice as long. */
    coolDownHours: z.number().check(z.positive()),
    coolDownHoursMost: z.number().check(z.positive()),
  })
  .check(
    z.refine((policy) => policy.coolDownHours <= policy.coolDownHoursMost, {
      path: ['coolDownHoursMost'],
      error: 'must not be below coolDownHours',
    }),
  );
export type RollbackPolicy = z.infer<typeof RollbackPolicy>;

/** Gradual over 10 minutes; the cool-down doubles from an hour to a day. */
export const DEFAULT_ROLLBACK_POLICY: RollbackPolicy = {
  gradualSteps: 10,
  gradualStepSeconds: 60,
  validationSeconds: 60,
  residualShareMax: 0.001,
  goldenToleranceMax: 1e-5,
  coolDownHours: 1,
  coolDownHoursMost: 24,
};

/** How long the `quarantines`-th quarantine of a digest lasts, in milliseconds. */
export const coolDownMs = (policy: RollbackPolicy, quarantines: number): number =>
  Math.min(policy.coolDownHoursMost, policy.coolDownHours * 2 ** (quarantines - 1)) * 3_600_000;
