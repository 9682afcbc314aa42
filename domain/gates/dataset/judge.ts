import type { Measured } from '#domain/gates/performance/measured.ts';
import type { Check } from '#domain/gates/verdict.ts';
import type { DatasetContract } from './contract.ts';
import { judgeColumns } from './judge-columns.ts';
import { judgeFreshness } from './judge-freshness.ts';
import { judgeBalance, judgeLeakage } from './judge-label.ts';
import { percent, type Ruled, undecided } from './judged.ts';
import type { Overlap } from './overlap.ts';
import type { DatasetPolicy } from './policy.ts';
import type { DatasetProfile } from './profile.ts';

export interface DatasetEvidence {
  readonly contract: DatasetContract;
  readonly profile: Measured<DatasetProfile>;
  /** With the rows that the version is judged on; `none` where there are no such rows yet. */
  readonly overlap: Measured<Overlap> | 'none';
  readonly policy: DatasetPolicy;
  readonly nowSeconds: number;
}

/** Judges a data set by its contract and the policy; without rows there is nothing to judge. */
export function judgeDataset(evidence: DatasetEvidence): readonly Check[] {
  const { contract, policy } = evidence;
  if (!evidence.profile.ok) {
    const { verdict, reason } = evidence.profile;
    return [{ id: 'dataset.rows', verdict, message: reason }];
  }
  const profile = evidence.profile.value;
  if (profile.rows === 0) {
    const message = 'the data set has no rows; add them below its header';
    return [{ id: 'dataset.rows', verdict: 'inconclusive', observed: 0, message }];
  }
  const ruled: Ruled = { contract, policy, profile };
  return [
    judgeSize(ruled),
    judgeFreshness(ruled, evidence.nowSeconds),
    ...judgeColumns(ruled),
    judgeBalance(ruled),
    judgeDuplicates(ruled),
    judgeLeakage(ruled),
    judgeOverlap(evidence.overlap, policy),
  ];
}

function judgeSize({ profile: { rows }, policy: { rowsMin } }: Ruled): Check {
  const check = { id: 'dataset.rows', observed: rows, threshold: rowsMin };
  return rows >= rowsMin
    ? { ...check, verdict: 'pass', message: `${rows} rows are at least ${rowsMin}` }
    : {
        ...check,
        verdict: 'fail',
        message: `${rows} rows are fewer than ${rowsMin}; collect more, or have two admins lower the policy for this model`,
      };
}

function judgeDuplicates({ profile, policy: { duplicateShareMax } }: Ruled): Check {
  const { count, rows, exact } = profile.duplicates;
  const share = count / profile.rows;
  const check = { id: 'dataset.duplicates', observed: share, threshold: duplicateShareMax };
  const said = `${exact ? '' : 'an estimated '}${count} of ${profile.rows} rows (${percent(share)}) repeat an earlier one`;
  if (share <= duplicateShareMax) return { ...check, verdict: 'pass', message: said };
  return {
    ...check,
    verdict: 'fail',
    message: `${said}, more than ${percent(duplicateShareMax)}; remove the repetitions, or declare the column that tells them apart`,
    ...(rows.length > 0 ? { where: `rows ${rows.join(', ')}` } : {}),
  };
}

function judgeOverlap(
  overlap: Measured<Overlap> | 'none',
  { overlapShareMax }: DatasetPolicy,
): Check {
  const id = 'dataset.overlap';
  if (overlap === 'none') {
    const message = 'not applicable: there is no test set to compare with';
    return { id, verdict: 'pass', message };
  }
  if (!overlap.ok) return { id, verdict: overlap.verdict, message: overlap.reason };
  const { rows, compared, exact } = overlap.value;
  if (compared === 0) return undecided(id, 'no test row was compared; give a test set with rows');
  const share = rows / compared;
  const check = { id, observed: share, threshold: overlapShareMax };
  const said = `${rows} of ${compared} test rows${exact ? '' : ' (a sample)'} are training rows, too`;
  return share <= overlapShareMax
    ? { ...check, verdict: 'pass', message: said }
    : {
        ...check,
        verdict: 'fail',
        message: `${said}: more than ${percent(overlapShareMax)}; remove them from the training set`,
      };
}
