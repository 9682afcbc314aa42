import type { FailureKind } from '#domain/rollout/traffic.ts';
import type { Measure, Measures } from '../metrics.ts';
import type { ErrorKind } from './reply.ts';

/** What serving counts and measures. */
export type MetricName =
  /** Answers of a status of 500 or more, by kind. */
  | `Error-${ErrorKind}`
  /** Failures of a version on trial, on requests that stable then answered. */
  | `CandidateFailure-${FailureKind}`
  /** The same together: requests that stable answered in the place of a version that failed. */
  | 'Fallback'
  /** Requests whose version was drawn and could not be asked, for no fault of its own. */
  | 'PassedOver'
  | 'ShadowSkipped'
  | 'ShadowUnsent'
  | 'AlertUnsent'
  | 'IntegrityMismatch'
  /** Milliseconds until a model stood open. */
  | 'LoadTime'
  /** Bytes that all open models of the sandbox are expected to take. */
  | 'SessionMemory';

const UNITS: Partial<Record<MetricName, Measure['unit']>> = {
  LoadTime: 'Milliseconds',
  SessionMemory: 'Bytes',
};

/** Writes metrics, whose line of the log has the fields besides; costs no call. */
export type WriteMetrics = (
  dimension: Record<string, string>,
  measures: Measures,
  fields?: Record<string, string>,
) => void;

/** What one request has to tell by metrics: nothing, where it went as usual. */
export class Tally {
  readonly #versions = new Map<string, Map<MetricName, number>>();

  add(version: string, name: MetricName, value = 1): void {
    const of = this.#versions.get(version) ?? new Map<MetricName, number>();
    of.set(name, (of.get(name) ?? 0) + value);
    this.#versions.set(version, of);
  }

  /** One line for each version that there is something to tell of; versions are no dimension. */
  write(tenant: string, model: string, write: WriteMetrics): void {
    for (const [version, counts] of this.#versions) {
      const measures = [...counts].map(([name, value]) => [
        name,
        { value, unit: UNITS[name] ?? 'Count' },
      ]);
      write({ Tenant: tenant, Model: model }, Object.fromEntries(measures), { version });
    }
    this.#versions.clear();
  }
}
