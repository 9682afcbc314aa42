import * as z from 'zod/mini';

const Count = z.int().check(z.nonnegative());

/** Units of one arm that were exposed, and those of them that an event befell. */
export const EventCounts = z
  .strictObject({
    exposures: Count,
    events: Count,
    /**
     * The exposures that the events are of, where several processes counted the same: both arms'
     * are fewer in the same ratio, so that it matters to rates alone. An estimate.
     */
    units: z.optional(z.number().check(z.nonnegative())),
  })
  .check(
    z.refine(({ exposures, events }) => events <= exposures, {
      path: ['events'],
      error: 'must not be more than exposures: a unit counts once',
    }),
  );
export type EventCounts = z.infer<typeof EventCounts>;

/** As rates are judged by. */
export const asUnits = ({ exposures, events, units }: EventCounts): EventCounts => ({
  exposures: units ?? exposures,
  events,
});

/** Sparse log-bucket counts, each bucket at most once; see `bucketOf`. */
export const Histogram = z.array(z.readonly(z.tuple([z.int(), Count])));
export type Histogram = z.infer<typeof Histogram>;

/** Number, mean and sum of squared deviations from the mean. */
export const Moments = z.strictObject({
  count: Count,
  mean: z.number(),
  m2: z.number().check(z.nonnegative()),
});
export type Moments = z.infer<typeof Moments>;

/** What both arms showed while the share stayed the same. */
export interface Stratum<T> {
  readonly canary: T;
  readonly baseline: T;
}
const strata = <T extends z.core.$ZodType>(arm: T) =>
  z.array(z.strictObject({ canary: arm, baseline: arm }));

/**
 * What one guardrail saw in a look. Outcomes that come late belong to a stratum of their own, with
 * the exposures among which they arose: those of another time or share say nothing of them.
 */
export const Observation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('events'), strata: strata(EventCounts) }),
  z.strictObject({ kind: z.literal('latency'), strata: strata(Histogram) }),
  z.strictObject({ kind: z.literal('mean'), strata: strata(Moments) }),
]);
export type Observation = z.infer<typeof Observation>;

/**
 * What arrived between two looks at a rollout, nothing twice.
 *
 * A unit is the user where requests name one, and then counts once for an event, a latency or a
 * mean in the whole rollout (an event's user is exposed in each look until its first event);
 * otherwise a unit is a request.
 */
export const Look = z.strictObject({
  /** 1, 2, 3 … */
  number: z.int().check(z.minimum(1)),
  /** 0 is the shadow; 1 is the first of the policy's steps. */
  step: z.int().check(z.nonnegative()),
  /**
   * Units that the step's share routed to either arm, or a sample of them that knows nothing of the
   * arms; both see every mirrored unit of a shadow.
   */
  assigned: z.strictObject({ canary: Count, baseline: Count }),
  /** Units that the canary got in all, where `assigned` is a sample. */
  served: z.optional(Count),
  /** By guardrail; one that is not here did not report. */
  observations: z.record(z.string(), Observation),
});
export type Look = z.infer<typeof Look>;
