import { SCORE_MAX } from '#domain/rollout/outcome-sums.ts';

/** What an answer said and what was true, as its client came to know it. */
export type Truth = {
  /** Values of attributes that fairness is judged by, such as `{ "sex": "f" }`. */
  readonly groups: Readonly<Record<string, string>>;
} & (
  | {
      readonly kind: 'classes';
      readonly truth: string;
      readonly predicted: string;
      /** That the model gave to class 1 of two classes, to the answered class of more. */
      readonly probability?: number;
    }
  | { readonly kind: 'values'; readonly truth: number; readonly predicted: number }
);

/**
 * 1 or 0 for a right or a wrong class, and minus the absolute error of a number, so that more is
 * better; undefined for an error beyond `SCORE_MAX`, which no sum takes.
 */
export function scoreOf(truth: Truth): number | undefined {
  if (truth.kind === 'classes') return truth.truth === truth.predicted ? 1 : 0;
  const error = Math.abs(truth.truth - truth.predicted);
  return error <= SCORE_MAX ? 0 - error : undefined;
}
