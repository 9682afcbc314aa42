import type { Verdict } from '#domain/gates/verdict.ts';

/**
 * Ends the reading of one file: it is not what its first bytes promise (`fail`), or cannot be
 * judged here (`inconclusive`). `id` is the finding's, such as `zip.truncated`.
 */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly id: string;
  readonly verdict: Exclude<Verdict, 'pass'>;
  /** Byte offset within the file. */
  readonly at: number | undefined;

  constructor(id: string, verdict: Exclude<Verdict, 'pass'>, message: string, at?: number) {
    super(message);
    this.id = id;
    this.verdict = verdict;
    this.at = at;
  }
}
