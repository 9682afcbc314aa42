import type { DriftReports } from '#aws/drift-reports.ts';
import type { MonitoringStates } from '#aws/monitoring.ts';
import type { RollbackMachine } from '#aws/rollback-machine.ts';
import type { Policy } from '#domain/gates/policy.ts';
import type { Checked } from '#domain/monitoring/check/check.ts';
import { afterFaults } from '#domain/monitoring/check/faulted.ts';
import type { Monitoring, OwedRollback } from '#domain/monitoring/check/state.ts';
import type { CheckKind } from '#domain/monitoring/report/drift-report.ts';
import { checkEntries } from './check-entries.ts';
import type { ReadFault } from './check-inputs.ts';
import { kindsOf } from './mark-faulted.ts';
import { requestOwed } from './owed-rollback.ts';
import { type MetricPorts, type Overdue, tellOfCheck } from './tell-metrics.ts';

export interface KeepPorts extends MetricPorts {
  readonly states: Pick<MonitoringStates, 'record'>;
  readonly reports: Pick<DriftReports, 'save'>;
  readonly machine: Pick<RollbackMachine, 'request'>;
}

/** What was checked, as it was known before. */
interface About {
  readonly known: Monitoring | undefined;
  readonly generation: number;
  readonly policy: Pick<Policy, 'monitoring'>;
}

interface Outcome {
  readonly checked: Checked;
  readonly faults: readonly ReadFault[];
  readonly asked: boolean;
  /** What was owed before could not be asked for. */
  readonly stillOwes: boolean;
}

/** For the log. */
export interface Kept extends Overdue {
  readonly kinds: readonly CheckKind[];
  readonly report: string;
  readonly raised: readonly string[];
}

/** Report, state, rollback, metrics; what a person asked for has a report alone. */
export async function keepCheck(
  ports: KeepPorts,
  { known, generation, policy }: About,
  { checked, faults, asked, stillOwes }: Outcome,
): Promise<Kept> {
  const { report, next, moved, rollBackFor } = checked;
  const { json } = await ports.reports.save(report);
  const kept: Kept = {
    kinds: report.kinds,
    report: json.key,
    raised: moved.flatMap(({ watched, alarm }) =>
      alarm.raised === null ? [] : [`${watched}: ${alarm.raised}`],
    ),
  };
  if (asked) return kept;
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
  const overdue = await tellOfCheck(ports, { state: next, policy: policy.monitoring }, report);
  requested?.throwIfFailed();
  return { ...kept, ...overdue };
}

const reasonOf = ({ rollBackFor, moved }: Checked): string =>
  moved
    .filter(({ watched }) => rollBackFor.includes(watched))
    .map(
      ({ watched, alarm }) =>
        `${watched} at ${alarm.ratios.critical.toPrecision(3)} × what rolls back`,
    )
    .join(', ');
