import { logMean } from './log-mean.ts';
import type { EventCounts, Stratum } from './observation.ts';

/** The canary's share of events when its rate is `ratio` times the baseline's. */
export function shareOfEvents(ratio: number, canary: number, baseline: number): number {
  const weighted = ratio * canary;
  return weighted + baseline === 0 ? 0 : weighted / (weighted + baseline);
}

/**
 * Adds a stratum to the log likelihood ratios of `alternatives` against `ratio`: of how the events
 * split between the arms, given how many there were (Lindon and Malek 2020, arXiv 2011.03567).
 *
 * Their exponentials have expectation ≤ 1 while the ratio of rates is on its null side (at most
 * `ratio` for alternatives above, at least for those below), whatever the rates: with a the factor
 * of a canary event and b of a baseline event, E ≤ exp(n_c p_c (a − 1) + n_b p_b (b − 1)), which is
 * 1 at the null since θ0 (a − 1) + (1 − θ0)(b − 1) = 0.
 */
export function addEvents(
  logs: readonly number[],
  { canary, baseline }: Stratum<EventCounts>,
  ratio: number,
  alternatives: readonly number[],
): readonly number[] {
  const events = canary.events + baseline.events;
  if (events === 0) return logs;
  const atNull = ratio * canary.exposures + baseline.exposures;
  return logs.map((log, k) => {
    const alternative = alternatives[k] ?? ratio;
    return (
      log +
      canary.events * Math.log(alternative / ratio) +
      events * Math.log(atNull / (alternative * canary.exposures + baseline.exposures))
    );
  });
}

/** ln E of the evenly weighted mixture: at least ln(1/α) with probability ≤ α ever (Ville 1939). */
export const mixture = logMean;

/** Shares of the negligible rate that an even mixture bets on. */
const BELOW = [0.05, 0.2, 0.5];

/** ln E against "each unit fails with probability ≥ rate": great once a rate is shown to be less. */
export const belowRate = (counts: EventCounts, rate: number): number =>
  logMean(BELOW.map((share) => likelihoodRatio(counts, share, rate)));

const likelihoodRatio = ({ exposures, events }: EventCounts, share: number, rate: number) =>
  events * Math.log(share) + (exposures - events) * (Math.log1p(-share * rate) - Math.log1p(-rate));

/**
 * Exposures that still have to be seen until `belowRate` reaches `target`, by expectation, when
 * units fail at the rate `actual`. Nothing is infinity.
 */
export function exposuresUntil(
  counts: EventCounts,
  target: number,
  rate: number,
  actual: number,
): number {
  const needed = BELOW.map((share) => {
    const growth = likelihoodRatio({ exposures: 1, events: actual }, share, rate);
    const missing = target + Math.log(BELOW.length) - likelihoodRatio(counts, share, rate);
    return growth > 0 ? Math.max(0, missing / growth) : Number.POSITIVE_INFINITY;
  });
  return Math.min(...needed);
}

/**
 * Events that still have to be seen, of an equal canary, until the mixture reaches `target`; the
 * expectation for the alternative that grows fastest at equal rates. Nothing is infinity.
 *
 * @param share of exposures that are the canary's
 * @param target a logarithm, as `logs`
 */
export function eventsUntil(
  logs: readonly number[],
  target: number,
  ratio: number,
  alternatives: readonly number[],
  share: number,
): number {
  const theta = shareOfEvents(1, share, 1 - share);
  const needed = logs.map((log, k) => {
    const alternative = alternatives[k] ?? ratio;
    const growth =
      theta * Math.log(alternative / ratio) +
      Math.log((ratio * share + 1 - share) / (alternative * share + 1 - share));
    const missing = target + Math.log(logs.length) - log;
    return growth > 0 ? Math.max(0, missing / growth) : Number.POSITIVE_INFINITY;
  });
  return Math.min(...needed);
}
