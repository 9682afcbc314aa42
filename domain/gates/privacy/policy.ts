import * as z from 'zod/mini';
import { PII_KINDS } from './kinds.ts';

const Share = z.number().check(z.minimum(0), z.maximum(1));
const AtLeastOne = z
  .int()
  .check(z.minimum(1, { error: 'must be 1 or more: some must be looked at' }));

/** A kind that a model may hold, and why. */
export const AllowedKind = z.strictObject({
  kind: z.enum(PII_KINDS),
  /** Absent: in every column, text and prediction. */
  column: z.optional(z.string()),
  reason: z.string().check(z.minLength(1, { error: 'why the model needs it' })),
});
export type AllowedKind = z.infer<typeof AllowedKind>;

/** What personal data a version may hold, and how much of it is looked at. */
export const PrivacyPolicy = z.strictObject({
  /** First rows of the training data that every run looks at. */
  trainingSamples: AtLeastOne,
  /** First predictions that every run looks at. */
  predictions: AtLeastOne,
  /** Cells among those, or findings in an artifact's texts, that do no harm. */
  maxViolations: z.int().check(z.nonnegative()),
  /** Share of a dataset's column, by the lower end of its interval, that makes it personal. */
  columnShareMin: Share,
  allowed: z.array(AllowedKind),
});
export type PrivacyPolicy = z.infer<typeof PrivacyPolicy>;

/** What applies where neither tenant nor model says otherwise. */
export const DEFAULT_PRIVACY_POLICY: PrivacyPolicy = {
  trainingSamples: 100,
  predictions: 50,
  maxViolations: 0,
  columnShareMin: 0.01,
  allowed: [],
};
