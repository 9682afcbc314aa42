import type { DriftReports } from '#aws/drift-reports.ts';
import type { ModelRegistry } from '#aws/model-registry.ts';
import type { MonitoringStates } from '#aws/monitoring.ts';
import type { Policies } from '#aws/policies.ts';
import type { Routes } from '#aws/routes.ts';
import { DEFAULT_POLICY, type Policy, resolvePolicy } from '#domain/gates/policy.ts';
import { check } from '#domain/monitoring/check/check.ts';
import type { CheckMessage } from '#domain/monitoring/check/check-message.ts';
import { dueKinds, type Monitoring, stateOf } from '#domain/monitoring/check/state.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { type InputPorts, inputsOf, type ReadFault } from './check-inputs.ts';
import { type KeepPorts, type Kept, keepCheck } from './keep-check.ts';
import { kindsOf, markFaulted } from './mark-faulted.ts';
import { requestOwed } from './owed-rollback.ts';
import { beat, tellAgain } from './tell-metrics.ts';

export interface CheckPorts extends InputPorts, KeepPorts {
  readonly routes: Pick<Routes, 'of'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly policies: Pick<Policies, 'layersOf'>;
  readonly states: Pick<MonitoringStates, 'get' | 'record'>;
  readonly reports: Pick<DriftReports, 'save' | 'get'>;
  readonly clock: () => number;
}

/** For the log. */
export interface CheckedModel extends Partial<Kept> {
  readonly tenant: string;
  readonly model: string;
  readonly outcome: 'checked' | 'asked' | 'not-due' | 'told-again' | 'not-in-production';
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
    const told = { state, policy: policy.monitoring };
    const owed = asked ? undefined : await requestOwed(ports.machine, state);
    const kinds = asked
      ? [...new Set(message.kinds)]
      : dueKinds(state, message.kinds, at, policy.monitoring);
    if (kinds.length === 0) {
      owed?.throwIfFailed();
      if (await tellAgain(ports, told, at)) return done('told-again');
      return { ...done('not-due'), ...(await beat(ports, told, ports.clock())) };
    }
    const { input, faults } = await inputsOf(ports, { version, state, asked, kinds, at, policy });
    const unmarked = input || asked ? [] : await markFaulted(ports, state, { known, faults, at });
    const checked = input && check({ ...input, asked, state: known });
    const stillOwes = owed?.failed ?? false;
    const kept =
      checked && (await keepCheck(ports, subject, { checked, faults, asked, stillOwes }));
    if (!input && !asked) await beat(ports, told, ports.clock(), kindsOf(faults));
    owed?.throwIfFailed();
    throwFaults(message, [...faults, ...unmarked], kept !== undefined);
    return { ...done(asked ? 'asked' : 'checked'), ...kept };

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
