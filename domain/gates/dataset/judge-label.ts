import type { Check } from '#domain/gates/verdict.ts';
import { listed, percent, type Ruled, short, undecided } from './judged.ts';
import type { FeatureLeakage } from './leakage.ts';

/** Judges the share of the rarest class. */
export function judgeBalance({ contract, profile, policy }: Ruled): Check {
  const id = 'dataset.balance';
  const { column, task } = contract.label;
  if (task === 'regression') {
    return { id, verdict: 'pass', message: 'not applicable: a regression has no classes' };
  }
  if (profile.absent.includes(column)) return undecided(id, noLabel(column));
  const { classes } = profile;
  if (!classes) {
    return undecided(
      id,
      `column ${column} has too many classes to count; declare the task as regression or another label`,
    );
  }
  const labelled = classes.reduce((sum, { rows }) => sum + rows, 0);
  const rarest = classes.at(-1);
  if (!rarest || labelled === 0) return undecided(id, noLabel(column));
  const binary = task === 'binary-classification';
  if (classes.length < 2 || (binary && classes.length > 2)) {
    return {
      id,
      verdict: 'fail',
      observed: classes.length,
      threshold: 2,
      message: `column ${column} has ${classes.length} classes, a ${task} has ${binary ? 'two' : 'at least two'}; add rows of the others, or correct the labels`,
    };
  }
  const share = rarest.rows / labelled;
  const threshold = (policy.minorityShareMin * 2) / classes.length;
  const check = { id, observed: share, threshold };
  const said = `class ${rarest.label} has ${rarest.rows} of ${labelled} rows, ${percent(share)}`;
  return share >= threshold
    ? { ...check, verdict: 'pass', message: said }
    : {
        ...check,
        verdict: 'fail',
        message: `${said}, less than ${percent(threshold)}; collect more of them, or merge the class with another`,
      };
}

/** Judges whether a feature alone tells the label. */
export function judgeLeakage({ contract, profile, policy: { leakageAuc } }: Ruled): Check {
  const id = 'dataset.leakage';
  const { leakage } = profile;
  if (!leakage) return undecided(id, noLabel(contract.label.column));
  if (leakage.unknown !== undefined) {
    return undecided(id, `leakage is unknown: ${leakage.unknown}; add labelled rows`);
  }
  const strongest = leakage.features.toSorted((a, b) => b.auc - a.auc);
  const over = strongest.filter((one) => one.auc >= leakageAuc || one.copied === 1);
  const highest = strongest.at(0)?.auc ?? 0.5;
  const check = { id, observed: highest, threshold: leakageAuc };
  const where = leakage.sampled ? ` of a sample of ${leakage.rows} rows` : '';
  return over.length === 0
    ? {
        ...check,
        verdict: 'pass',
        message: `no feature alone tells the label: the highest AUC${where} is ${short(highest)}`,
      }
    : {
        ...check,
        verdict: 'fail',
        message: `features that alone tell the label${where}: ${listed(over.map(said))}; drop what is only known after the label`,
      };
}

const said = ({ column, auc, copied }: FeatureLeakage): string =>
  copied === 1 ? `${column} (a copy of it)` : `${column} (AUC ${short(auc)})`;

const noLabel = (column: string): string =>
  `no row has a label in column ${column}; add the column, or correct its name in the contract`;
