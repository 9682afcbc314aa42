import type { DriftReports } from '#aws/drift-reports.ts';
import type { ModelMetrics } from '#aws/model-metrics.ts';
import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import {
  heartbeat,
  type ModelMetrics as Metrics,
  modelMetrics,
} from '#domain/monitoring/alarms/model-metrics.ts';
import { overdueKinds } from '#domain/monitoring/check/overdue.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import type { CheckKind, DriftReport } from '#domain/monitoring/report/drift-report.ts';

export interface MetricPorts {
  readonly metrics: Pick<ModelMetrics, 'ofModel'>;
  /** How often it is looked which checks are due. */
  readonly tickMinutes: number;
}

/** Of what metrics are told, and by which policy. */
interface Told {
  readonly state: Monitoring;
  readonly policy: MonitoringPolicy;
}

/** For the log: kinds that nobody has made for too long. */
export interface Overdue {
  readonly overdue?: readonly CheckKind[];
}

/** What is overdue is so when the windows of the check end. */
export const tellOfCheck = (
  ports: MetricPorts,
  told: Told,
  report: DriftReport,
): Promise<Overdue> =>
  tell(ports, told, Date.parse(report.at), (overdue) => modelMetrics(report, told.state, overdue));

/**
 * A check that was recorded and may have died before it was told of.
 *
 * @param at end of the windows that are to be checked now
 * @returns whether there was one for that time
 */
export async function tellAgain(
  ports: MetricPorts & { readonly reports: Pick<DriftReports, 'get'> },
  told: Told,
  at: number,
): Promise<boolean> {
  const { state } = told;
  const { latest } = state;
  if (!latest || Date.parse(latest.at) !== at) return false;
  const found = await ports.reports.get(state, latest.id);
  if (!found) return false;
  await tellOfCheck(ports, told, found.report);
  return true;
}

/**
 * The heartbeat of a tick that made no check: a policy may ask for checks less often than silence
 * pages.
 *
 * @param now in ms since 1970: what is overdue is so by now, as the message may have waited
 * @param faulting kinds that were due, and could not be made
 */
export const beat = (
  ports: MetricPorts,
  told: Told,
  now: number,
  faulting: readonly CheckKind[] = [],
): Promise<Overdue> => tell(ports, told, now, (overdue) => heartbeat([...overdue, ...faulting]));

async function tell(
  { metrics, tickMinutes }: MetricPorts,
  { state, policy }: Told,
  at: number,
  metricsOf: (overdue: readonly CheckKind[]) => Metrics,
): Promise<Overdue> {
  const overdue = overdueKinds(state, at, policy, tickMinutes);
  await metrics.ofModel(state, metricsOf(overdue));
  return overdue.length > 0 ? { overdue } : {};
}
