import * as z from 'zod/mini';

/** What every experiment of a tenant or model must keep to. */
export const ExperimentPolicy = z
  .strictObject({
    /** Largest share of the units that one treatment of fixed split may get. */
    splitMax: z.number().check(z.positive(), z.maximum(0.5)),
    hoursMin: z.number().check(z.positive()),
    hoursMax: z.number().check(z.positive(), z.maximum(24 * 90)),
    /** Units that each arm must have before anything is concluded from it. */
    unitsMin: z.int().check(z.minimum(2)),
    /** Probability that an experiment of equal arms names a winner. */
    alphaMax: z.number().check(z.positive(), z.maximum(0.1)),
    /** Whether a plan may ask for its winner's rollout without a person. */
    autoPromotion: z.boolean(),
    /** Least share of an arm of a bandit. */
    floorMin: z.number().check(z.minimum(0.01), z.maximum(0.5)),
    /** Least time between two changes of a bandit's weights. */
    batchMinutesMin: z.number().check(z.minimum(1)),
    /** Time between two looks; a lease outlasts it by a minute. */
    lookSeconds: z.int().check(z.minimum(20), z.maximum(1740)),
  })
  .check(
    z.refine(({ hoursMin, hoursMax }) => hoursMin <= hoursMax, {
      path: ['hoursMax'],
      error: 'must not be below hoursMin',
    }),
  );
export type ExperimentPolicy = z.infer<typeof ExperimentPolicy>;

/** `unitsMin` is what the drift checks ask of a sample; the rest as the requirements say. */
export const DEFAULT_EXPERIMENT_POLICY: ExperimentPolicy = {
  splitMax: 0.1,
  hoursMin: 24,
  hoursMax: 168,
  unitsMin: 1000,
  alphaMax: 0.05,
  autoPromotion: false,
  floorMin: 0.01,
  batchMinutesMin: 10,
  lookSeconds: 300,
};
