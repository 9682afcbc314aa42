import type { PiiKind } from './kinds.ts';
import type { Traits } from './traits.ts';

/**
 * How one way of writing one kind is told apart. Patterns repeat at most a fixed number of times,
 * or start only where a run starts, so that the work grows with the text and no faster.
 */
export interface Recogniser {
  readonly kind: PiiKind;
  /** With the flag g. */
  readonly pattern: RegExp;
  /** Whether a text of these traits can hold a match at all: spares most cells the pattern. */
  readonly possible: (traits: Traits) => boolean;
  /** Characters of the match that are the value, 0 for none: checksums and ranges. */
  readonly measure?: (matched: string) => number;
  /**
   * `alone`: the match says it all. `context`: it counts where words beside it, the column's name
   * or its repetition throughout a column say so.
   */
  readonly evidence: 'alone' | 'context';
  /** Whether `measure` holds a checksum, which chance passes seldom. */
  readonly checksum?: true;
  /** Whether only the name of a column counts, and no words in a text. */
  readonly columnOnly?: true;
}

/** Where something was found; never what. */
export interface Finding {
  readonly kind: PiiKind;
  /** UTF-16 offsets into the text, end exclusive. */
  readonly start: number;
  readonly end: number;
}

/** For `measure`: all of the match or nothing. */
export const allIf =
  (holds: (matched: string) => boolean) =>
  (matched: string): number =>
    holds(matched) ? matched.length : 0;
