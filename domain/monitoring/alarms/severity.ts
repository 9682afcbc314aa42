import { LEVELS, type Level } from '#domain/gates/monitoring-policy.ts';

/** A level as the number that metrics and alarms know it by: 0 none, 1 warn to 4 critical. */
export const severityOf = (level: Level | null): number =>
  level === null ? 0 : LEVELS.indexOf(level) + 1;
