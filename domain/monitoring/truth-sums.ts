/** Labelled rows of a group of one attribute, as `GroupRates` needs them; class 1 is favourable. */
export interface GroupTruth {
  readonly attribute: string;
  readonly group: string;
  readonly rows: number;
  /** Rows answered with class 1. */
  readonly selected: number;
  /** Rows that are of class 1, and those of them answered so. */
  readonly positives: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  /** Sum of the rows' scores: with `rows` the accuracy of the group. */
  readonly score: number;
}

/** What came true of one version's answers in one hour, by when they were given. */
export interface TruthSums {
  readonly rows: number;
  /** Sum of the rows' scores: 1 for a right class, and minus the absolute error of a number. */
  readonly score: number;
  readonly squares: number;
  /** True labels of classes; of numbers none. */
  readonly labels: Readonly<Record<string, number>>;
  /** By bin of the reference's scores, of rows whose client told the probability. */
  readonly scored: {
    readonly counts: readonly number[];
    readonly sums: readonly number[];
    readonly hits: readonly number[];
  };
  readonly groups: readonly GroupTruth[];
}

export const NO_TRUTH: TruthSums = {
  rows: 0,
  score: 0,
  squares: 0,
  labels: {},
  scored: { counts: [], sums: [], hits: [] },
  groups: [],
};
