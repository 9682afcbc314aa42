import * as z from 'zod/mini';

/** How a staged version is driven, and what its answers under load are judged by. */
export const LoadPolicy = z
  .strictObject({
    /** Requests in flight at once; the staging function must be allowed as many sandboxes. */
    concurrency: z.int().check(z.minimum(1), z.maximum(50)),
    /** Requests before the measured ones, which nothing is judged by. */
    warmUpRequests: z.int().check(z.nonnegative(), z.maximum(10_000)),
    /** Measured requests; fewer where the time is over first. */
    requests: z.int().check(z.minimum(1), z.maximum(100_000)),
    /** The measurement ends after this time, however many requests were made. */
    seconds: z.number().check(z.positive(), z.maximum(600)),
    /** Share of the requests that may go without a good answer. */
    errorRateMax: z.number().check(z.minimum(0), z.maximum(1)),
    /** A 95th percentile above it passes with a warning. */
    p95WarnMs: z.number().check(z.positive()),
    /** A 95th percentile above it fails. */
    p95MaxMs: z.number().check(z.positive()),
    /** Good answers a second; 0 asks for none. */
    throughputMin: z.number().check(z.nonnegative()),
  })
  .check(
    z.refine((policy) => policy.p95WarnMs <= policy.p95MaxMs, {
      path: ['p95WarnMs'],
      error: 'must not be above p95MaxMs: what warns comes before what fails',
    }),
  );
export type LoadPolicy = z.infer<typeof LoadPolicy>;

/** What applies where neither tenant nor model says otherwise. */
export const DEFAULT_LOAD_POLICY: LoadPolicy = {
  concurrency: 4,
  warmUpRequests: 20,
  requests: 300,
  seconds: 30,
  errorRateMax: 0.1,
  p95WarnMs: 500,
  p95MaxMs: 1000,
  throughputMin: 0,
};
