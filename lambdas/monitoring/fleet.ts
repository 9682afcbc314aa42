import type { Logger } from '@aws-lambda-powertools/logger';
import type { InvocationCounters } from '#aws/invocation-counters.ts';
import type { ModelMetrics } from '#aws/model-metrics.ts';
import type { MonitoringStates } from '#aws/monitoring.ts';
import {
  fleetMetrics,
  NOBODY,
  type Standing,
  standingOf,
  together,
} from '#domain/monitoring/alarms/fleet-metrics.ts';
import { hourOf } from '#domain/monitoring/capture/seen.ts';
import type { Route } from '#domain/registry/version-record.ts';
import type { count } from '../metrics.ts';

export interface FleetPorts {
  readonly states: Pick<MonitoringStates, 'many'>;
  readonly metrics: Pick<ModelMetrics, 'ofFleet' | 'invocations'>;
  readonly invocations: Pick<InvocationCounters, 'of'>;
  /** Name of the function whose requests are counted. */
  readonly infer: string;
  readonly count: typeof count;
  readonly log: Pick<Logger, 'error'>;
}

interface Fault {
  readonly what: string;
  readonly fault: unknown;
}

/**
 * How all models fare together, read a page of them at a time. What cannot be told is counted and
 * logged, and never thrown: to sweep again would send every message again for it.
 */
export class Fleet {
  readonly #ports: FleetPorts;
  /** ISO 8601, UTC. */
  readonly #at: string;
  readonly #faults: Fault[] = [];
  #models = 0;
  /** Undefined once a page of it could not be read: a part is not how all of them fare. */
  #standing: Standing | undefined = NOBODY;

  constructor(ports: FleetPorts, at: string) {
    this.#ports = ports;
    this.#at = at;
  }

  get drifting(): number | undefined {
    return this.#standing?.drifting;
  }

  /** @param routes at most 100 */
  async add(routes: readonly Route[]): Promise<void> {
    this.#models += routes.length;
    const states = await this.#tried('how models fare', () =>
      this.#ports.states.many(routes.map(({ tenant, model }) => ({ tenant, model }))),
    );
    const standing = states && standingOf(routes, states, Date.parse(this.#at));
    this.#standing &&= standing && together(this.#standing, standing);
  }

  async tell(): Promise<void> {
    const coverage = await this.#tried('how many requests were counted', () => this.#coverage());
    const values = fleetMetrics(this.#models, this.#standing, coverage);
    await this.#tried('what its metrics are', () => this.#ports.metrics.ofFleet(values));
  }

  reportFaults(): void {
    const { log, count } = this.#ports;
    for (const { what, fault } of this.#faults) {
      log.error('sweep-faulted', { at: this.#at, notTold: what, fault });
    }
    if (this.#faults.length > 0) count({ Fleet: 'All' }, { SweepFaults: this.#faults.length });
  }

  /** Of the hour before the last whole one: a process may write its last counts of an hour a minute late. */
  async #coverage(): Promise<number | undefined> {
    const { metrics, invocations, infer } = this.#ports;
    const hour = hourOf(Date.parse(this.#at)) - 2;
    const [counted, invoked = 0] = await Promise.all([
      invocations.of(hour),
      metrics.invocations(infer, hour),
    ]);
    return invoked > 0 ? counted / invoked : undefined;
  }

  /** Undefined where it faults, which keeps nothing else from being done. */
  async #tried<T>(what: string, act: () => Promise<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch (fault) {
      this.#faults.push({ what, fault });
      return undefined;
    }
  }
}
