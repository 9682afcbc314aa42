import type { Monitoring } from '#domain/monitoring/check/state.ts';
import { type DriftReport, WATCHED } from '#domain/monitoring/report/drift-report.ts';

/** What is raised, or is not known any more, whichever check it was that found so. */
export const standingOf = (alarms: Monitoring['alarms']): NonNullable<DriftReport['standing']> =>
  WATCHED.flatMap((watched) => {
    const { raised = null, lapsed } = alarms[watched] ?? {};
    return raised || lapsed ? [{ watched, raised, ...(lapsed && { lapsed: lapsed.level }) }] : [];
  });
