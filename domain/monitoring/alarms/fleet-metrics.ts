import { isDatasetOverdue } from '#domain/monitoring/check/overdue.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import type { Route } from '#domain/registry/version-record.ts';
import { isDrifting, type ModelMetrics } from './model-metrics.ts';

/** How many of some models fare so. */
export interface Standing {
  readonly drifting: number;
  readonly datasetsOverdue: number;
}

export const NOBODY: Standing = { drifting: 0, datasetsOverdue: 0 };

/** Of fewer models, one that drifts is no more than that. */
const FLEET_MIN = 10;

/**
 * A version that has come since its model's last check is given the time that a new one has.
 *
 * @param states of the routes' models, in any order; one that was never checked has none
 * @param at ms since 1970
 */
export function standingOf(
  routes: readonly Pick<Route, 'tenant' | 'model' | 'stable'>[],
  states: readonly Monitoring[],
  at: number,
): Standing {
  const serving = new Set(routes.map((route) => named({ ...route, ...route.stable })));
  return {
    drifting: states.filter(isDrifting).length,
    datasetsOverdue: states.filter(
      (state) => serving.has(named(state)) && isDatasetOverdue(state, at),
    ).length,
  };
}

const named = ({
  tenant,
  model,
  version,
  digest,
}: Pick<Monitoring, 'tenant' | 'model' | 'version' | 'digest'>): string =>
  [tenant, model, version, digest].join('/');

export const together = (one: Standing, other: Standing): Standing => ({
  drifting: one.drifting + other.drifting,
  datasetsOverdue: one.datasetsOverdue + other.datasetsOverdue,
});

/**
 * What CloudWatch is told of all models together; what is not known is absent.
 *
 * @param coverage requests that were counted, over those that came
 */
export const fleetMetrics = (
  models: number,
  standing: Standing | undefined,
  coverage: number | undefined,
): ModelMetrics => ({
  ...(standing && { OverdueDatasetChecks: standing.datasetsOverdue }),
  ...(standing && models >= FLEET_MIN && { DriftingModelsShare: standing.drifting / models }),
  ...(coverage !== undefined && { CaptureCoverage: coverage }),
});
