import type { DatasetPolicy } from '#domain/gates/dataset/policy.ts';
import type { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import type { SectionFindings } from './section.ts';

/** How old a version's newest data are; undefined where its dataset gate could not tell. */
export interface Age {
  readonly ageDays: number | undefined;
}

/** Whether the version was made from data that its policy would still call fresh. It moves no alarm. */
export function judgeDataset(
  { ageDays }: Age,
  { maxAgeDays }: Pick<DatasetPolicy, 'maxAgeDays'>,
): SectionFindings<Pick<DriftReport, 'dataset'>> {
  if (ageDays === undefined) {
    return {
      sections: { dataset: { outcome: 'UNKNOWN', maxAgeDays } },
      strands: {},
      notes: ['The age of the data is unknown: the dataset gate left none.'],
    };
  }
  const isOld = ageDays > maxAgeDays;
  return {
    sections: { dataset: { outcome: isOld ? 'OLD' : 'CURRENT', ageDays, maxAgeDays } },
    strands: {},
    notes: isOld
      ? [
          `The newest data of this version are ${Math.floor(ageDays)} days old, more than the ${maxAgeDays} that the policy asks of a new version; train on what was collected since.`,
        ]
      : [],
  };
}
