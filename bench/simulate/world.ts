import { gaussian } from '#domain/gates/random.ts';
import { bucketOf, bucketsFor } from '#domain/rollout/histogram.ts';
import type {
  EventCounts,
  Histogram,
  Look,
  Moments,
  Observation,
  Stratum,
} from '#domain/rollout/observation.ts';
import type { RolloutState } from '#domain/rollout/state.ts';
import { binomial, geometricSum, type Random } from './random.ts';
import type { Metric, Scenario } from './scenarios.ts';

/** Units of both arms in an average look. */
const LOAD = 2000;
/** Heavy users fail ten times as often as the average, and come thrice as often as the others. */
const HEAVY_RATE = 10;
const HEAVY_VISITS = 3;
/** Looks of a day: load swings by 60 %, rates by half, each at an hour of its own. */
const DAY = 72;
/** Share of looks whose numbers are lost. */
const LOST = 0.05;
/** Looks until outcomes come, and the share of them that do. */
const LABELS = [
  [3, 0.5],
  [6, 0.3],
  [12, 0.2],
] as const;
const RESULTS = [
  [0, 0.9],
  [1, 0.1],
] as const;
const MORE_REQUESTS = 3;
const SLOW = 0.05;
const MEDIAN_MS = 40;
const SPREAD = 0.5;

interface Arms {
  canary: number;
  baseline: number;
}
interface UserClass {
  readonly rate: number;
  readonly visits: number;
  atRisk: Arms;
}

/** What a rollout's looks see: a world that is the same for both arms but for the scenario's harm. */
export class World {
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #phase: number;
  readonly #riskPhase: number;
  readonly #classes: readonly UserClass[];
  readonly #late = new Map<Metric, Map<number, Stratum<unknown>[]>>();
  #share = 0;

  constructor(scenario: Scenario, random: Random) {
    this.#scenario = scenario;
    this.#random = random;
    this.#phase = 2 * Math.PI * random();
    this.#riskPhase = 2 * Math.PI * random();
    const { heavyUsers: heavy } = scenario;
    const light = { rate: (1 - heavy * HEAVY_RATE) / (1 - heavy), visits: 1 };
    const visits = 1 + heavy * (HEAVY_VISITS - 1);
    this.#classes = [
      {
        ...light,
        visits: 1 / visits,
        atRisk: { canary: 0, baseline: Math.round(scenario.users * (1 - heavy)) },
      },
      {
        rate: HEAVY_RATE,
        visits: HEAVY_VISITS / visits,
        atRisk: { canary: 0, baseline: Math.round(scenario.users * heavy) },
      },
    ];
  }

  look(number: number, step: number, share: number, state: RolloutState): Look {
    this.#moveUsers(share);
    const load = Math.round(
      LOAD * (1 + 0.6 * Math.sin((2 * Math.PI * number) / DAY + this.#phase)),
    );
    const swing = 1 + 0.5 * Math.sin((2 * Math.PI * number) / DAY + this.#riskPhase);
    const canary = binomial(load, share, this.#random);
    const units = { canary, baseline: load - canary };
    const observations: Record<string, Observation> = {};
    for (const metric of this.#scenario.metrics) {
      const observation = this.#observe(metric, number, units, load, swing, state);
      if (this.#random() >= LOST) observations[metric] = observation;
    }
    return { number, step, assigned: units, observations };
  }

  /** Growth takes from the baseline only. */
  #moveUsers(share: number): void {
    const moving = (share - this.#share) / (1 - this.#share || 1);
    for (const { atRisk } of this.#classes) {
      const moved = binomial(atRisk.baseline, moving, this.#random);
      atRisk.canary += moved;
      atRisk.baseline -= moved;
    }
    this.#share = share;
  }

  #observe(
    metric: Metric,
    number: number,
    units: Arms,
    load: number,
    swing: number,
    state: RolloutState,
  ): Observation {
    if (metric === 'events') {
      const counts =
        this.#scenario.heavyUsers > 0 ? this.#userEvents(load, swing) : this.#events(units, swing);
      return { kind: 'events', strata: this.#delayed(metric, number, counts, RESULTS, thinEvents) };
    }
    if (metric === 'mean') {
      const outcomes = this.#outcomes(units, swing);
      const strata = this.#delayed(metric, number, outcomes, LABELS, thinEvents);
      return {
        kind: 'mean',
        strata: strata.map(({ canary, baseline }) => ({
          canary: momentsOf(canary),
          baseline: momentsOf(baseline),
        })),
      };
    }
    const seen = state.guardrails.latency;
    const frozen = seen?.kind === 'latency' ? seen.frozen : null;
    return { kind: 'latency', strata: [this.#latencies(units, swing, frozen)] };
  }

  #events(units: Arms, swing: number): Stratum<EventCounts> {
    const { rate, ratio } = this.#scenario;
    const arm = (exposures: number, p: number): EventCounts => ({
      exposures,
      events: binomial(exposures, Math.min(1, p), this.#random),
    });
    return {
      canary: arm(units.canary, rate * ratio * swing),
      baseline: arm(units.baseline, rate * swing),
    };
  }

  /** Users who come in a look: each may fail, and by the unit leaves after that or comes again. */
  #userEvents(load: number, swing: number): Stratum<EventCounts> {
    const { rate, ratio, unit, users } = this.#scenario;
    const counts = { canary: { exposures: 0, events: 0 }, baseline: { exposures: 0, events: 0 } };
    for (const each of this.#classes) {
      for (const arm of ['canary', 'baseline'] as const) {
        const visitors = binomial(each.atRisk[arm], (load / users) * each.visits, this.#random);
        const p = Math.min(0.9, rate * each.rate * swing * (arm === 'canary' ? ratio : 1));
        const failing = binomial(visitors, p, this.#random);
        if (unit === 'user') {
          each.atRisk[arm] -= failing;
          counts[arm].exposures += visitors;
          counts[arm].events += failing;
        } else {
          // All requests of a failing visit fail.
          const failed = failing + geometricSum(failing, MORE_REQUESTS, this.#random);
          counts[arm].events += failed;
          counts[arm].exposures +=
            failed +
            visitors -
            failing +
            geometricSum(visitors - failing, MORE_REQUESTS, this.#random);
        }
      }
    }
    return counts;
  }

  /** Wrong answers among labelled ones. */
  #outcomes(units: Arms, swing: number): Stratum<EventCounts> {
    const wrong = 0.1 * swing;
    const arm = (exposures: number, p: number): EventCounts => ({
      exposures,
      events: binomial(exposures, p, this.#random),
    });
    return {
      canary: arm(units.canary, wrong + this.#scenario.loss),
      baseline: arm(units.baseline, wrong),
    };
  }

  /** Parts of a look's units become known in this look and later ones, each with its own. */
  #delayed(
    metric: Metric,
    number: number,
    counts: Stratum<EventCounts>,
    delays: readonly (readonly [number, number])[],
    thin: typeof thinEvents,
  ): Stratum<EventCounts>[] {
    const late = this.#late.get(metric) ?? new Map<number, Stratum<unknown>[]>();
    this.#late.set(metric, late);
    let rest = counts;
    let left = 1;
    for (const [delay, part] of delays) {
      const [now, later] = thin(rest, Math.min(1, part / left), this.#random);
      late.set(number + delay, [...(late.get(number + delay) ?? []), now]);
      rest = later;
      left -= part;
    }
    const due = (late.get(number) ?? []) as Stratum<EventCounts>[];
    late.delete(number);
    return due;
  }

  /**
   * Before the threshold is frozen every latency; after it only whether it was passed, which is all
   * that is judged. Equal means that the canary is slower by exactly the tolerated ratio.
   */
  #latencies(units: Arms, swing: number, frozen: number | null): Stratum<Histogram> {
    if (frozen === null) {
      const all = (count: number): Histogram => {
        const counts = new Map<number, number>();
        for (let i = 0; i < count; i++) {
          const bucket = bucketOf(MEDIAN_MS * Math.exp(SPREAD * gaussian(this.#random)));
          counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
        }
        return [...counts];
      };
      return { canary: all(units.canary), baseline: all(units.baseline) };
    }
    const { ratio, policy } = this.#scenario;
    const arm = (count: number, p: number, bucket: number): Histogram => {
      const slow = binomial(count, p, this.#random);
      return [
        [bucket - 1, count - slow],
        [bucket + 1, slow],
      ];
    };
    return {
      canary: arm(units.canary, SLOW * swing * ratio, frozen + bucketsFor(policy.latencyRatio)),
      baseline: arm(units.baseline, SLOW * swing, frozen),
    };
  }
}

function thinEvents(
  { canary, baseline }: Stratum<EventCounts>,
  part: number,
  random: Random,
): readonly [Stratum<EventCounts>, Stratum<EventCounts>] {
  const split = ({ exposures, events }: EventCounts): readonly [EventCounts, EventCounts] => {
    const [spared, befallen] = [
      binomial(exposures - events, part, random),
      binomial(events, part, random),
    ];
    return [
      { exposures: spared + befallen, events: befallen },
      { exposures: exposures - spared - befallen, events: events - befallen },
    ];
  };
  const [c, b] = [split(canary), split(baseline)];
  return [
    { canary: c[0], baseline: b[0] },
    { canary: c[1], baseline: b[1] },
  ];
}

/** Right answers as ones, wrong ones as noughts. */
function momentsOf({ exposures, events }: EventCounts): Moments {
  if (exposures === 0) return { count: 0, mean: 0, m2: 0 };
  const mean = 1 - events / exposures;
  return { count: exposures, mean, m2: exposures * mean * (1 - mean) };
}
