import type { Strands } from '#domain/monitoring/alarms/watched-alarm.ts';
import type { DriftReport, Watched } from '#domain/monitoring/report/drift-report.ts';

/** What one part of a check found: its part of the report, and what moves alarms. */
export interface SectionFindings<T extends Partial<DriftReport> = Partial<DriftReport>> {
  readonly sections: T;
  /** What could not be judged is absent. */
  readonly strands: Readonly<Partial<Record<Watched, Strands>>>;
  readonly notes: readonly string[];
}

export const NOTHING_FOUND: SectionFindings = { sections: {}, strands: {}, notes: [] };
