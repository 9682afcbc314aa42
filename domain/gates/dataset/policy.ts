import * as z from 'zod/mini';

const Share = z.number().check(z.minimum(0), z.maximum(1));

/** What a data set is judged by. */
export const DatasetPolicy = z.strictObject({
  /** Age up to which the newest data are fresh. */
  maxAgeDays: z.number().check(z.positive()),
  rowsMin: z.int().check(z.minimum(1)),
  /** Share of missing cells that every column stays below. */
  missingShareBelow: Share,
  /** Least share of the rarest of two classes; of k classes 2/k of it. */
  minorityShareMin: z.number().check(z.minimum(0), z.maximum(0.5)),
  /** Share of rows that repeat an earlier one. */
  duplicateShareMax: Share,
  /** Share of a column's cells that are not of its type. */
  wrongTypeShareMax: Share,
  /** Share of a column's cells beyond its interval or values: unseen categories too. */
  outOfDomainShareMax: Share,
  /** Features that say the same in every row. */
  constantColumnsMax: z.int().check(z.nonnegative()),
  /** From here on a feature alone tells the label: it knows what it should predict. */
  leakageAuc: z.number().check(z.minimum(0.5), z.maximum(1)),
  /** Share of test rows that training rows repeat. */
  overlapShareMax: Share,
});
export type DatasetPolicy = z.infer<typeof DatasetPolicy>;

/**
 * What applies where neither tenant nor model says otherwise.
 *
 * `minorityShareMin`: a minority below 1 % is called extreme (Google, Machine Learning Crash
 * Course, "Imbalanced datasets"); 1 % of 10,000 rows are 100, the fewest that tell a recall to
 * within ± 10 points (1.96 × √(0.25 / 100)). `duplicateShareMax`: above what well-kept public
 * tables repeat by chance (UCI Adult 0.1 %, ULB credit-card fraud 0.4 %).
 */
export const DEFAULT_DATASET_POLICY: DatasetPolicy = {
  maxAgeDays: 30,
  rowsMin: 10_000,
  missingShareBelow: 0.2,
  minorityShareMin: 0.01,
  duplicateShareMax: 0.01,
  wrongTypeShareMax: 0,
  outOfDomainShareMax: 0,
  constantColumnsMax: 0,
  leakageAuc: 0.98,
  overlapShareMax: 0,
};
