import {
  admit,
  type Breaker,
  type BreakerPolicy,
  CLOSED,
  settle,
  withdraw,
  wouldAdmit,
} from '#domain/serving/breaker.ts';
import type { Clock } from '../ports.ts';
import type { Admitted, CandidateBreaker } from './answer-with-fallback.ts';

/** The breaker of one candidate in this process. */
export class ProcessBreaker implements CandidateBreaker {
  readonly #policy: BreakerPolicy;
  readonly #clock: Clock;
  #breaker: Breaker = CLOSED;

  constructor(policy: BreakerPolicy, clock: Clock) {
    this.#policy = policy;
    this.#clock = clock;
  }

  /** Whether it would let no request through now. */
  get resting(): boolean {
    return !wouldAdmit(this.#breaker, this.#clock(), this.#policy);
  }

  admit(): Admitted | undefined {
    const { admitted, breaker } = admit(this.#breaker, this.#clock(), this.#policy);
    this.#breaker = breaker;
    if (!admitted) return undefined;
    const { round } = breaker;
    return {
      record: (ok) => {
        this.#breaker = settle(this.#breaker, { round, ok }, this.#clock(), this.#policy);
      },
      withdraw: () => {
        this.#breaker = withdraw(this.#breaker, round);
      },
    };
  }
}
