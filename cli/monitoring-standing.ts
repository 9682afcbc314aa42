import { CHECKS, type CheckKind } from '#domain/monitoring/report/drift-report.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Headline, Monitored } from './monitoring-schemas.ts';
import { ago } from './render/text.ts';

/** How a model fares, in words and as an exit code. */
export interface MonitoringStanding {
  readonly text: string;
  readonly exit: ExitCode;
}

/** @param now in ms since 1970 */
export function monitoringStanding(monitored: Monitored, now: number): MonitoringStanding {
  const { alarms, updatedAt } = monitored;
  const raised = alarms.filter((alarm) => alarm.raised);
  if (raised.length > 0) {
    const named = raised.map((alarm) => `${alarm.watched} (${alarm.raised})`).join(', ');
    return { text: named, exit: EXIT.refused };
  }
  const overdue = overdueCheck(monitored, now);
  const undecided = (text: string) => ({ text, exit: EXIT.undecided });
  if (overdue?.faulted) return undecided(`unknown: ${overdue.text}`);
  if (!updatedAt) return undecided('not checked yet');
  if (alarms.length === 0) return undecided('too little seen to be judged');
  const lapsed = alarms.flatMap(({ watched, lapsed: was }) =>
    was ? [`${watched} (was at ${was.level})`] : [],
  );
  if (lapsed.length > 0) return undecided(`not known: ${lapsed.join(', ')}`);
  return overdue ? undecided(`unknown: ${overdue.text}`) : { text: 'quiet', exit: EXIT.ok };
}

/** The first tick asks for all of these, the dataset's once a week. */
const FROM_THE_FIRST: readonly CheckKind[] = ['drift', 'performance', 'health'];

interface Overdue {
  readonly text: string;
  /** Whether it was tried. */
  readonly faulted: boolean;
}

/**
 * The check that is missing, if one is: what nobody looks at is not quiet. One that cannot be made
 * goes first, as that needs somebody.
 */
function overdueCheck(
  { checkedAt, overdue, faulted }: Monitored,
  now: number,
): Overdue | undefined {
  const missing = CHECKS.flatMap((kind): Overdue[] => {
    const at = checkedAt?.[kind];
    const fault = faulted?.[kind];
    const isNever = at === undefined && (fault !== undefined || FROM_THE_FIRST.includes(kind));
    if (!isNever && !overdue.includes(kind)) return [];
    if (fault) return [{ text: `${kind} faulted since ${ago(fault.since, now)}`, faulted: true }];
    const text = at ? `last checked for ${kind} ${ago(at, now)}` : `never checked for ${kind}`;
    return [{ text, faulted: false }];
  });
  return missing.find((one) => one.faulted) ?? missing[0];
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
