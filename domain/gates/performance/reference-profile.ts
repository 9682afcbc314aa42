import * as z from 'zod/mini';

/** Bins of a numeric column: fine enough for any later regrouping, 0.5 kB a column. */
export const BINS = 60;
/** Categories that are counted by name; the rest are `other`. */
export const CATEGORIES = 64;
/** Columns of one profile: it is read whole, and must stay far below 32 MiB. */
export const MAX_FEATURES = 2000;
/** Pairs of features that are watched together. */
export const MAX_PAIRS = 16;

const Count = z.int().check(z.nonnegative());
const increasing = (edges: readonly number[]): boolean =>
  edges.every((edge, i) => i === 0 || edge > (edges[i - 1] as number));
const oneCountABin = ({ edges, counts }: { edges: number[]; counts: number[] }): boolean =>
  counts.length === edges.length + 1;
const Edges = z
  .array(z.number())
  .check(
    z.minLength(1),
    z.maxLength(BINS - 1),
    z.refine(increasing, { error: 'edges in increasing order, each once' }),
  );
const Counts = z.array(Count);
const COUNTS = { path: ['counts'], error: 'one count more than edges' };

/** Bin i holds what lies above edge i - 1 and not above edge i; the first and last are open. */
const Numeric = z
  .strictObject({
    kind: z.literal('numeric'),
    edges: Edges,
    counts: Counts,
    missing: Count,
    min: z.number(),
    max: z.number(),
    mean: z.number(),
    /** Of the population. */
    standardDeviation: z.number().check(z.nonnegative()),
    /** Sums of the values in the first and the last bin: they move when the open ends do. */
    endSums: z.tuple([z.number(), z.number()]),
  })
  .check(z.refine(oneCountABin, COUNTS));
export type NumericProfile = z.infer<typeof Numeric>;

const Categorical = z.strictObject({
  kind: z.literal('categorical'),
  /** The most frequent first; among equals by code unit. */
  categories: z
    .array(z.strictObject({ value: z.string(), count: Count }))
    .check(z.maxLength(CATEGORIES)),
  /** Rows of the categories beyond those named. */
  other: Count,
  missing: Count,
});
export type CategoricalProfile = z.infer<typeof Categorical>;

/** Nothing but missing values: there is nothing to cut. */
const Empty = z.strictObject({ kind: z.literal('empty'), missing: Count });

const Distribution = z.union([Numeric, Categorical, Empty]);
export type Distribution = z.infer<typeof Distribution>;

/** Two numeric features, and how much further the one lies in its column than the other in its own. */
const Pair = z.strictObject({
  /** Their places in `features`. */
  of: z
    .tuple([Count, Count])
    .check(z.refine(([first, second]) => first < second, { error: 'places in increasing order' })),
  /** Of their scores by `binScores`, in a sample of the rows; to four digits. */
  correlation: z.number().check(z.minimum(-1), z.maximum(1)),
  /** Of `pairDifference`: missing where either is. */
  distribution: z.union([Numeric, Empty]),
});
export type PairProfile = z.infer<typeof Pair>;

/** Scores by bin, and how often they came true: what accuracy is estimated from without labels. */
const Scores = z
  .strictObject({
    /** The probability of class 1 of two, of the answered class among more. */
    of: z.enum(['class-1', 'answered-class']),
    edges: Edges,
    counts: Counts,
    sums: z.array(z.number()),
    hits: Counts,
  })
  .check(z.refine(oneCountABin, COUNTS));
export type ScoreProfile = z.infer<typeof Scores>;

/**
 * Moments of the rows' scores, which later outcomes are compared with: 1 for a right class and 0
 * for a wrong one, minus the absolute error of a number. `m2` sums squared deviations.
 */
const RowScores = z.strictObject({
  rows: Count,
  mean: z.number(),
  m2: z.number().check(z.nonnegative()),
});
export type RowScores = z.infer<typeof RowScores>;

const Predictions = z.union([
  z.strictObject({
    kind: z.literal('classes'),
    classes: z.array(z.strictObject({ label: z.string(), truth: Count, answered: Count })),
    /** Answers that are none of the classes. */
    unknown: Count,
    scores: z.optional(Scores),
    /** Absent from profiles that were made before monitoring was. */
    score: z.optional(RowScores),
  }),
  z.strictObject({
    kind: z.literal('values'),
    truth: Distribution,
    answered: Distribution,
    score: z.optional(RowScores),
  }),
]);
export type PredictionProfile = z.infer<typeof Predictions>;

/**
 * `assay.reference-profile/v1`: what a version took and answered when it was judged, which its
 * traffic is compared with. Numbers are as the model took them, so rounded to the input's type.
 */
export const ReferenceProfile = z
  .strictObject({
    schema: z.literal('assay.reference-profile/v1'),
    rows: z.int().check(z.positive()),
    features: z
      .array(z.strictObject({ name: z.string(), input: z.string(), distribution: Distribution }))
      .check(z.maxLength(MAX_FEATURES)),
    /** Features beyond the first 2,000. */
    omitted: Count,
    /** The most correlated first. Absent from profiles that were made before dependence was watched. */
    pairs: z.optional(z.array(Pair).check(z.maxLength(MAX_PAIRS))),
    /** Absent from a profile that a submitter made without answers. */
    predictions: z.optional(Predictions),
  })
  .check(
    z.refine(
      ({ rows, features }) => features.every(({ distribution }) => rowsOf(distribution) === rows),
      { path: ['features'], error: 'distributions that each count every row once' },
    ),
    z.refine(
      ({ rows, features, pairs = [] }) =>
        pairs.every(
          ({ of, distribution }) =>
            of.every((place) => features[place]?.distribution.kind === 'numeric') &&
            rowsOf(distribution) === rows,
        ),
      { path: ['pairs'], error: 'pairs of numeric features that each count every row once' },
    ),
  );
export type ReferenceProfile = z.infer<typeof ReferenceProfile>;

export function rowsOf(distribution: Distribution): number {
  switch (distribution.kind) {
    case 'numeric':
      return sum(distribution.counts) + distribution.missing;
    case 'categorical':
      return (
        sum(distribution.categories.map(({ count }) => count)) +
        distribution.other +
        distribution.missing
      );
    case 'empty':
      return distribution.missing;
  }
}

const sum = (counts: readonly number[]): number => counts.reduce((total, one) => total + one, 0);
