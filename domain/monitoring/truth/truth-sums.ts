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
  /**
   * Of rows whose client told the probability, by `PROBABILITY_BINS`: how many, the sum of their
   * probabilities, and how many came true. Of two classes the probability is that of class 1, and
   * true is a row of class 1; else it is the answered class's, and true is a right answer.
   */
  readonly scored: {
    readonly counts: readonly number[];
    readonly sums: readonly number[];
    readonly hits: readonly number[];
  };
  readonly groups: readonly GroupTruth[];
}

/** Of equal width, each with its upper end: (0.05, 0.1] is the second, and 0 is in the first. */
export const PROBABILITY_BINS = 20;

const NONE: readonly number[] = new Array<number>(PROBABILITY_BINS).fill(0);

export const NO_TRUTH: TruthSums = {
  rows: 0,
  score: 0,
  squares: 0,
  labels: {},
  scored: { counts: NONE, sums: NONE, hits: NONE },
  groups: [],
};
