import { LEVELS, type Level } from '#domain/gates/monitoring-policy.ts';
import { gravest } from '#domain/monitoring/alarms/watched-alarm.ts';
import type { DriftReport } from './drift-report.ts';

export const LEVELS_OR_NONE = ['none', ...LEVELS] as const;

/** What lists of reports show of each. */
export interface Headline {
  readonly id: string;
  readonly at: string;
  readonly kinds: DriftReport['kinds'];
  readonly version: string;
  readonly digest: string;
  /** Of all that was judged, the worst. */
  readonly outcome: DriftReport['alarms'][number]['outcome'];
  /** The gravest that is raised. */
  readonly level: Level | 'none';
  /** Features that drifted, the gravest first, then pairs whose dependence did. */
  readonly drifted: readonly string[];
}

const NAMES = 5;

export function headlineOf(report: DriftReport): Headline {
  const { id, at, kinds, version, digest, alarms, windows } = report;
  const outcomes = alarms.map(({ outcome }) => outcome);
  const outcome = outcomes.includes('DRIFT')
    ? 'DRIFT'
    : outcomes.length > 0
      ? 'STABLE'
      : 'INSUFFICIENT_DATA';
  const drifted = [
    ...new Set([
      ...windows.flatMap(({ inputs }) => inputs.drifted),
      ...windows.flatMap(({ dependence }) => dependence?.drifted ?? []),
    ]),
  ].slice(0, NAMES);
  const level = gravest(alarms.map(({ raised }) => raised)) ?? 'none';
  return { id, at, kinds, version, digest, outcome, level, drifted };
}
