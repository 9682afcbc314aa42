import { DEFAULT_MONITORING_POLICY } from '#domain/gates/monitoring-policy.ts';
import { periodMs } from '#domain/monitoring/check/state.ts';
import { CHECKS, type CheckKind } from '#domain/monitoring/report/drift-report.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Headline, Monitored } from './monitoring-schemas.ts';
import { ago } from './render/text.ts';

/** How a model fares, in words and as an exit code. */
export interface MonitoringStanding {
  readonly text: string;
  readonly exit: ExitCode;
}

/** A check may come late, or fail once; policies only ask for more of them than the default. */
const MISSED = 3;

/** @param now in ms since 1970 */
export function monitoringStanding(monitored: Monitored, now: number): MonitoringStanding {
  const { alarms, updatedAt } = monitored;
  if (!updatedAt) return { text: 'not checked yet', exit: EXIT.undecided };
  if (alarms.length === 0) return { text: 'too little seen to be judged', exit: EXIT.undecided };
  const raised = alarms.filter((alarm) => alarm.raised);
  if (raised.length > 0) {
    const named = raised.map((alarm) => `${alarm.watched} (${alarm.raised})`).join(', ');
    return { text: named, exit: EXIT.refused };
  }
  const overdue = overdueCheck(monitored, now);
  return overdue
    ? { text: `unknown: ${overdue}`, exit: EXIT.undecided }
    : { text: 'quiet', exit: EXIT.ok };
}

/** The first tick asks for all of these, the dataset's once a week. */
const FROM_THE_FIRST: readonly CheckKind[] = ['drift', 'performance', 'health'];

/** The check that is missing, if one is: what nobody looks at is not quiet. */
function overdueCheck({ checkedAt }: Monitored, now: number): string | undefined {
  for (const kind of CHECKS) {
    const at = checkedAt?.[kind];
    if (at === undefined) {
      if (FROM_THE_FIRST.includes(kind)) return `never checked for ${kind}`;
      continue;
    }
    const isLate = now - Date.parse(at) > MISSED * periodMs(kind, DEFAULT_MONITORING_POLICY);
    if (isLate) return `last checked for ${kind} ${ago(at, now)}`;
  }
  return undefined;
}

/** How all of them fare together: as the worst does. */
export function worstExit(exits: readonly ExitCode[]): ExitCode {
  const worst = [EXIT.error, EXIT.refused, EXIT.undecided].find((exit) => exits.includes(exit));
  return worst ?? EXIT.ok;
}

const OUTCOME_EXIT: Readonly<Record<string, ExitCode>> = {
  STABLE: EXIT.ok,
  DRIFT: EXIT.refused,
  INSUFFICIENT_DATA: EXIT.undecided,
};

/** What one check ends with; an outcome that this version does not know decides nothing. */
export const outcomeExit = ({ outcome }: Pick<Headline, 'outcome'>): ExitCode =>
  OUTCOME_EXIT[outcome] ?? EXIT.undecided;
