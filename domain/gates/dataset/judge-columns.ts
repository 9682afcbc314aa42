import type { Check } from '#domain/gates/verdict.ts';
import type { ColumnProfile, Offences } from './column-scan.ts';
import { isFeature } from './contract.ts';
import { listed, percent, type Ruled } from './judged.ts';

/** Judges which columns there are, and what each holds. */
export function judgeColumns(ruled: Ruled): readonly Check[] {
  const { profile, policy } = ruled;
  const { columns } = profile;
  return [
    judgeHeader(ruled),
    judgeWidth(profile.ragged),
    judgeMissing(ruled),
    judgeShares(
      columns.filter(({ nullable }) => !nullable),
      {
        id: 'dataset.nulls',
        offences: ({ missing }) => missing,
        shareMax: 0,
        fault: 'lack values that the contract demands',
        remedy: 'fill the cells, remove the rows, or declare the column nullable',
      },
    ),
    judgeShares(columns, {
      id: 'dataset.types',
      offences: ({ wrongType }) => wrongType,
      shareMax: policy.wrongTypeShareMax,
      fault: 'hold values of another type',
      remedy: 'correct the cells or the declared type, or list the text under missingValues',
    }),
    judgeShares(
      columns.filter(({ type }) => type !== 'category'),
      {
        id: 'dataset.range',
        offences: ({ outOfDomain }) => outOfDomain,
        shareMax: policy.outOfDomainShareMax,
        fault: 'hold values outside of their domain',
        remedy: 'correct the cells or the declared domain',
      },
    ),
    judgeShares(
      columns.filter(({ type }) => type === 'category'),
      {
        id: 'dataset.categories',
        offences: ({ outOfDomain }) => outOfDomain,
        shareMax: policy.outOfDomainShareMax,
        fault: 'hold categories that the contract does not know',
        remedy: 'correct the cells, or declare the categories',
      },
    ),
    judgeConstants(ruled),
  ];
}

function judgeHeader({ profile: { absent, repeated, undeclared } }: Ruled): Check {
  const faults = [
    ...(absent.length > 0 ? [`lacks ${listed(absent)}`] : []),
    ...(repeated.length > 0 ? [`has ${listed(repeated)} more than once`] : []),
    ...(undeclared.length > 0 ? [`has ${listed(undeclared)}, which nobody declared`] : []),
  ];
  const id = 'dataset.columns';
  return faults.length === 0
    ? { id, verdict: 'pass', message: 'the file has the declared columns' }
    : {
        id,
        verdict: 'fail',
        observed: { absent, repeated, undeclared: undeclared.slice(0, 20) },
        message: `the file ${faults.join(', and it ')}; correct the file, or declare the columns or list them under "ignored"`,
      };
}

function judgeWidth({ count, rows }: Offences): Check {
  const check = { id: 'dataset.row-width', observed: count, threshold: 0 };
  return count === 0
    ? { ...check, verdict: 'pass', message: 'every row has a cell for each column' }
    : {
        ...check,
        verdict: 'fail',
        message: `${count} rows have more or fewer cells than the header; look for unquoted separators`,
        where: `rows ${rows.join(', ')}`,
      };
}

function judgeMissing({ profile, policy: { missingShareBelow } }: Ruled): Check {
  const worst = highest(profile.columns, ({ missing }) => missing);
  const share = worst.at(0)?.share ?? 0;
  const check = { id: 'dataset.missing', observed: share, threshold: missingShareBelow };
  const over = worst.filter((one) => one.share >= missingShareBelow);
  return over.length === 0
    ? { ...check, verdict: 'pass', message: `no column misses more than ${percent(share)}` }
    : {
        ...check,
        verdict: 'fail',
        message: `columns miss ${percent(missingShareBelow)} of their values or more: ${listed(over.map(said))}; fill them, or drop the columns from the contract`,
      };
}

interface ShareRule {
  readonly id: string;
  readonly offences: (column: ColumnProfile) => Offences;
  readonly shareMax: number;
  readonly fault: string;
  readonly remedy: string;
}

function judgeShares(
  columns: readonly ColumnProfile[],
  { id, offences, shareMax, fault, remedy }: ShareRule,
): Check {
  const worst = highest(columns, offences);
  const check = { id, observed: worst.at(0)?.share ?? 0, threshold: shareMax };
  const over = worst.filter(({ share }) => share > shareMax);
  const [first] = over;
  if (!first) {
    return {
      ...check,
      verdict: 'pass',
      message: `no more than ${percent(shareMax)} of a column's cells ${fault}`,
    };
  }
  return {
    ...check,
    verdict: 'fail',
    message: `columns ${fault}: ${listed(over.map(said))}; ${remedy}`,
    where: `column ${first.name}, rows ${first.rows.join(', ')}`,
  };
}

function judgeConstants({ contract, profile, policy: { constantColumnsMax } }: Ruled): Check {
  const names = profile.columns
    .filter(({ distinct }) => distinct.count <= 1)
    .filter(({ name }) =>
      contract.columns.some((one) => one.name === name && isFeature(contract, one)),
    )
    .map(({ name }) => name);
  const check = {
    id: 'dataset.constant-columns',
    observed: names.length,
    threshold: constantColumnsMax,
  };
  if (names.length <= constantColumnsMax) {
    return { ...check, verdict: 'pass', message: `${names.length} features never vary` };
  }
  return {
    ...check,
    verdict: 'fail',
    message: `features that never vary: ${listed(names)}; drop them, or look for why they were not recorded`,
  };
}

interface ColumnShare extends Offences {
  readonly name: string;
  readonly share: number;
}

/** Columns by the share of their cells that offend, the highest first. */
const highest = (
  columns: readonly ColumnProfile[],
  offences: (column: ColumnProfile) => Offences,
): ColumnShare[] =>
  columns
    .map((column) => {
      const { count, rows } = offences(column);
      return { name: column.name, count, rows, share: count / column.rows };
    })
    .sort((a, b) => b.share - a.share);

const said = ({ name, count, share }: ColumnShare): string =>
  `${name} (${count}, ${percent(share)})`;
