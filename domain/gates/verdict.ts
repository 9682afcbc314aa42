/** The outcomes of a check, best first. */
export const VERDICTS = ['pass', 'inconclusive', 'error', 'fail'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A value that survives JSON unchanged. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** One thing a gate looked at; `message` says what was found and, when it does not pass, the remedy. */
export interface Check {
  readonly id: string;
  readonly verdict: Verdict;
  readonly observed?: Json;
  readonly threshold?: Json;
  readonly message: string;
  readonly where?: string;
}

/** The verdict that decides; nothing judged is inconclusive. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  let rank = -1;
  for (const verdict of verdicts) rank = Math.max(rank, VERDICTS.indexOf(verdict));
  return VERDICTS[rank] ?? 'inconclusive';
}
