import type { DriftReports } from '#aws/drift-reports.ts';
import type { ModelMetrics } from '#aws/model-metrics.ts';
import type { ModelRegistry } from '#aws/model-registry.ts';
import type { MonitoringStates } from '#aws/monitoring.ts';
import type { Policies } from '#aws/policies.ts';
import type { RollbackMachine } from '#aws/rollback-machine.ts';
import type { Routes } from '#aws/routes.ts';
import { DEFAULT_POLICY, type Policy, resolvePolicy } from '#domain/gates/policy.ts';
import { heartbeat, modelMetrics } from '#domain/monitoring/alarms/model-metrics.ts';
import { type Checked, check } from '#domain/monitoring/check/check.ts';
import type { CheckMessage } from '#domain/monitoring/check/check-message.ts';
import { afterFaults } from '#domain/monitoring/check/faulted.ts';
import { overdueKinds } from '#domain/monitoring/check/overdue.ts';
import {
  dueKinds,
  type Monitoring,
  type OwedRollback,
  stateOf,
} from '#domain/monitoring/check/state.ts';
import type { CheckKind } from '#domain/monitoring/report/drift-report.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { checkEntries } from './check-entries.ts';
import { type InputPorts, inputsOf, type ReadFault } from './check-inputs.ts';
import { kindsOf, markFaulted } from './mark-faulted.ts';
import { requestOwed } from './owed-rollback.ts';

export interface CheckPorts extends InputPorts {
  readonly routes: Pick<Routes, 'of'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly policies: Pick<Policies, 'layersOf'>;
  readonly states: Pick<MonitoringStates, 'get' | 'record'>;
  readonly reports: Pick<DriftReports, 'save' | 'get'>;
  readonly metrics: Pick<ModelMetrics, 'ofModel'>;
  readonly machine: Pick<RollbackMachine, 'request'>;
  readonly clock: () => number;
  /** How often it is looked which checks are due. */
  readonly tickMinutes: number;
}

/** For the log. */
export interface CheckedModel {
  readonly tenant: string;
  readonly model: string;
  readonly outcome: 'checked' | 'asked' | 'not-due' | 'told-again' | 'not-in-production';
  readonly kinds?: readonly CheckKind[];
  readonly report?: string;
  readonly raised?: readonly string[];
  /** Kinds that nobody has made for too long. */
  readonly overdue?: readonly CheckKind[];
}

/** Clocks differ by less; a check from further ahead would make all until then come late. */
const AHEAD_MS = 5 * 60_000;

/** What is checked, and what was known of it. */
interface Subject {
  readonly version: VersionRecord;
  readonly generation: number;
  readonly policy: Policy;
  readonly known: Monitoring | undefined;
}

/**
 * Checks the version of a model that is in production, whatever of it is due. In the order in which it
 * is done, whatever breaks off is made up for when the message comes again: the report has the name of
 * what it says, the state is written once for a time, a rollback that it owes is asked for under the name
 * that it had, and its metrics are told again.
 *
 * @throws Error when the check came to nothing, or left something undone
 */
export const checkOneModel =
  (ports: CheckPorts) =>
  async (message: CheckMessage): Promise<CheckedModel> => {
    const { tenant, model, asked = false } = message;
    const at = timeOf(message, ports.clock());
    const subject = await subjectOf(ports, message);
    if (!subject) return { tenant, model, outcome: 'not-in-production' };
    const { version, known, policy } = subject;
    const state = stateOf(known, version, at);
    const owed = asked ? undefined : await requestOwed(ports.machine, state);
    const kinds = asked
      ? [...new Set(message.kinds)]
      : dueKinds(state, message.kinds, at, policy.monitoring);
    if (kinds.length === 0) {
      owed?.throwIfFailed();
      if (await toldAgain(ports, subject, state, at)) return done('told-again');
      return { ...done('not-due'), ...(await beat(ports, subject, state)) };
    }
    const { input, faults } = await inputsOf(ports, { version, state, asked, kinds, at, policy });
    const unmarked = input || asked ? [] : await markFaulted(ports, state, { known, faults, at });
    const checked = input && check({ ...input, asked, state: known });
    const report =
      checked &&
      (await keep(ports, subject, { checked, faults, asked, stillOwes: owed?.failed ?? false }));
    if (!input && !asked) await beat(ports, subject, state, kindsOf(faults));
    owed?.throwIfFailed();
    throwFaults(message, [...faults, ...unmarked], report !== undefined);
    return { ...done(asked ? 'asked' : 'checked'), ...report };

    function done(outcome: CheckedModel['outcome']): CheckedModel {
      return { tenant, model, outcome };
    }
  };

function timeOf({ at, tenant, model }: CheckMessage, now: number): number {
  const time = Date.parse(at);
  if (time <= now + AHEAD_MS) return time;
  throw new Error(
    `a check of ${tenant}/${model} is for ${at}, which is ahead of ${new Date(now).toISOString()}; expected a time that has come: drop the message`,
  );
}

/** By the route, not by the message: what is in production is what serves. */
async function subjectOf(
  { routes, registry, policies, states }: CheckPorts,
  { tenant, model }: CheckMessage,
): Promise<Subject | undefined> {
  const of = { tenant, model };
  const route = await routes.of(of);
  if (!route) return undefined;
  const { stable, generation } = route;
  const [version, layers, known] = await Promise.all([
    registry.version({ ...of, version: stable.version }),
    policies.layersOf(of),
    states.get(of),
  ]);
  if (version?.digest !== stable.digest) {
    throw new Error(
      `the route of ${tenant}/${model} has ${stable.version} with digest ${stable.digest}, the registry ${version?.digest}`,
    );
  }
  const policy = resolvePolicy(DEFAULT_POLICY, layers.tenant, layers.model);
  return { version, generation, policy, known };
}

interface Outcome {
  readonly checked: Checked;
  readonly faults: readonly ReadFault[];
  readonly asked: boolean;
  /** What was owed before could not be asked for. */
  readonly stillOwes: boolean;
}

/** Report, state, rollback, metrics; what a person asked for has a report alone. */
async function keep(
  ports: CheckPorts,
  { known, generation, policy }: Subject,
  { checked, faults, asked, stillOwes }: Outcome,
): Promise<Pick<CheckedModel, 'kinds' | 'report' | 'raised' | 'overdue'>> {
  const { report, next, moved, rollBackFor } = checked;
  const { json } = await ports.reports.save(report);
  const told = {
    kinds: report.kinds,
    report: json.key,
    raised: moved.flatMap(({ watched, alarm }) =>
      alarm.raised === null ? [] : [`${watched}: ${alarm.raised}`],
    ),
  };
  if (asked) return told;
  const owed: OwedRollback | undefined =
    rollBackFor.length > 0
      ? { watched: rollBackFor, generation, report: json, reason: reasonOf(checked) }
      : undefined;
  const { owed: before, ...state } = next;
  const owes = owed ?? (stillOwes ? before : undefined);
  const latest = { id: report.id, at: report.at, json };
  const at = Date.parse(report.at);
  const faulted = afterFaults(next.faulted, report.kinds, kindsOf(faults), at);
  const written: Monitoring = {
    ...state,
    ...{ faulted, generation, latest },
    ...(owes && { owed: owes }),
  };
  const recorded = await ports.states.record(written, known, checkEntries(checked, known, json));
  if (!recorded.ok) {
    throw new Error(
      `another check of ${next.tenant}/${next.model} was recorded meanwhile (${recorded.failed.join(', ')}); this one is made again if it is still due`,
    );
  }
  // CloudWatch may be away: that must not keep a version that harms in traffic.
  const requested = owed && (await requestOwed(ports.machine, written));
  const overdue = overdueKinds(next, at, policy.monitoring, ports.tickMinutes);
  await ports.metrics.ofModel(next, modelMetrics(report, next, overdue));
  requested?.throwIfFailed();
  return { ...told, ...(overdue.length > 0 && { overdue }) };
}

const reasonOf = ({ rollBackFor, moved }: Checked): string =>
  moved
    .filter(({ watched }) => rollBackFor.includes(watched))
    .map(
      ({ watched, alarm }) =>
        `${watched} at ${alarm.ratios.critical.toPrecision(3)} × what rolls back`,
    )
    .join(', ');

/** A check that was recorded and may have died before it was told of. */
async function toldAgain(
  ports: CheckPorts,
  { policy }: Subject,
  state: Monitoring,
  at: number,
): Promise<boolean> {
  const { latest } = state;
  if (!latest || Date.parse(latest.at) !== at) return false;
  const found = await ports.reports.get(state, latest.id);
  if (!found) return false;
  const overdue = overdueKinds(state, at, policy.monitoring, ports.tickMinutes);
  await ports.metrics.ofModel(state, modelMetrics(found.report, state, overdue));
  return true;
}

/**
 * The heartbeat of a tick that made no check: a policy may ask for checks less often than silence
 * pages. What is overdue is so by now, as the message may have waited.
 * @param faulting kinds that were due, and could not be made
 */
async function beat(
  ports: CheckPorts,
  { policy }: Subject,
  state: Monitoring,
  faulting: readonly CheckKind[] = [],
): Promise<Pick<CheckedModel, 'overdue'>> {
  const overdue = overdueKinds(state, ports.clock(), policy.monitoring, ports.tickMinutes);
  await ports.metrics.ofModel(state, heartbeat([...overdue, ...faulting]));
  return overdue.length > 0 ? { overdue } : {};
}

function throwFaults(
  { tenant, model }: CheckMessage,
  faults: readonly ReadFault[],
  partly: boolean,
): void {
  const [first] = faults;
  if (!first) return;
  const did = partly ? 'the rest was checked' : 'nothing was checked';
  const why = faults.map(({ kinds, message }) => `${kinds.join(' and ')}: ${message}`).join('; ');
  throw new Error(`${tenant}/${model} could not be checked, ${did}: ${why}`, {
    cause: first.cause,
  });
}
