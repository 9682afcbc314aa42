import * as z from 'zod/mini';

/** When a process stops trying a version that fails it, and when it tries again. */
export const BreakerPolicy = z
  .strictObject({
    /** Failures in a row that open it. */
    failures: z.int().check(z.minimum(1), z.maximum(100)),
    /** Rest after it opens; each failed trial doubles it. */
    restMs: z.int().check(z.minimum(100)),
    /** The longest rest. */
    restMostMs: z.int().check(z.minimum(100)),
    /** Successful trials in a row that close it. */
    trials: z.int().check(z.minimum(1), z.maximum(100)),
    /** A trial that has not ended by then has failed: its process may have been frozen. */
    trialMs: z.int().check(z.minimum(1)),
  })
  .check(
    z.refine(({ restMs, restMostMs }) => restMs <= restMostMs, {
      path: ['restMostMs'],
      error: 'must not be below restMs',
    }),
  );
export type BreakerPolicy = z.infer<typeof BreakerPolicy>;

/** A trial may take as long as a request of the lambda backend: 25 s. */
export const DEFAULT_BREAKER_POLICY: BreakerPolicy = {
  failures: 5,
  restMs: 30_000,
  restMostMs: 600_000,
  trials: 3,
  trialMs: 25_000,
};

/**
 * The breaker of one version in one process. `round` tells the states apart in time: a result
 * counts only in the round that its request was let through in.
 */
export type Breaker = { readonly round: number } & (
  | { readonly kind: 'closed'; readonly failed: number }
  /** Nothing passes before `until`, milliseconds since the epoch. */
  | { readonly kind: 'open'; readonly until: number; readonly restMs: number }
  /** One request at a time passes; `trialUntil` is set while it is under way. */
  | {
      readonly kind: 'half-open';
      readonly succeeded: number;
      readonly restMs: number;
      readonly trialUntil: number | undefined;
    }
);

export const CLOSED: Breaker = { kind: 'closed', round: 0, failed: 0 };

/** Whether a request would be let through at `now`, for routes to go by. */
export const wouldAdmit = (breaker: Breaker, now: number, policy: BreakerPolicy): boolean =>
  admit(breaker, now, policy).admitted;

export interface Admission {
  readonly admitted: boolean;
  /** To be kept, and its `round` to be given back with the request's result. */
  readonly breaker: Breaker;
}

/** Asks to let one request through at `now`. */
export function admit(breaker: Breaker, now: number, policy: BreakerPolicy): Admission {
  if (breaker.kind === 'closed') return { admitted: true, breaker };
  if (breaker.kind === 'open') {
    if (now < breaker.until) return { admitted: false, breaker };
    const { restMs } = breaker;
    return trial(
      { kind: 'half-open', round: breaker.round + 1, succeeded: 0, restMs },
      now,
      policy,
    );
  }
  const { trialUntil, ...rest } = breaker;
  if (trialUntil === undefined) return trial(rest, now, policy);
  if (now < trialUntil) return { admitted: false, breaker };
  return { admitted: false, breaker: opened(breaker.round, longer(breaker.restMs, policy), now) };
}

/** The breaker after the result of a request that was let through in `round`. */
export function settle(
  breaker: Breaker,
  result: { readonly round: number; readonly ok: boolean },
  now: number,
  policy: BreakerPolicy,
): Breaker {
  if (result.round !== breaker.round || breaker.kind === 'open') return breaker;
  if (breaker.kind === 'closed') {
    const failed = result.ok ? 0 : breaker.failed + 1;
    return failed < policy.failures
      ? { ...breaker, failed }
      : opened(breaker.round, policy.restMs, now);
  }
  if (!result.ok) return opened(breaker.round, longer(breaker.restMs, policy), now);
  const succeeded = breaker.succeeded + 1;
  // Each trial is a round of its own, so that one result cannot count for two.
  const round = breaker.round + 1;
  return succeeded < policy.trials
    ? { ...breaker, round, succeeded, trialUntil: undefined }
    : { kind: 'closed', round, failed: 0 };
}

/**
 * The breaker when a request that was let through in `round` tells nothing of the version after
 * all: another one may be tried in its place.
 */
export function withdraw(breaker: Breaker, round: number): Breaker {
  return breaker.kind === 'half-open' && breaker.round === round
    ? { ...breaker, round: round + 1, trialUntil: undefined }
    : breaker;
}

const trial = (
  breaker: Omit<Extract<Breaker, { readonly kind: 'half-open' }>, 'trialUntil'>,
  now: number,
  { trialMs }: BreakerPolicy,
): Admission => ({ admitted: true, breaker: { ...breaker, trialUntil: now + trialMs } });

const opened = (round: number, restMs: number, now: number): Breaker => ({
  kind: 'open',
  round: round + 1,
  until: now + restMs,
  restMs,
});

const longer = (restMs: number, { restMostMs }: BreakerPolicy): number =>
  Math.min(restMs * 2, restMostMs);
