import type { Verdict } from '#domain/gates/verdict.ts';

/** A measurement, or why there is none and what that means for the version. */
export type Measured<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly verdict: Exclude<Verdict, 'pass'>;
      readonly reason: string;
    };
