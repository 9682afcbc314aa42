/** Bounds on scanning one stream; what goes beyond them is inconclusive, never passed. */
export interface PickleLimits {
  /** Opcodes in all, of nested pickles too; 10 M take ten to twenty seconds. */
  readonly opcodes: number;
  readonly stackDepth: number;
  readonly memoEntries: number;
  /** Bytes of a text that is kept whole; longer ones are stepped over. */
  readonly textBytes: number;
  /** Bytes of an argument that ends at a line feed. */
  readonly lineBytes: number;
  /** Pickles within byte strings of pickles. */
  readonly nesting: number;
  /** Byte strings that are looked into for a pickle. */
  readonly nested: number;
  /** Pickles that follow one another in a stream. */
  readonly pickles: number;
  readonly reads: number;
}

export const PICKLE_LIMITS: PickleLimits = {
  opcodes: 50_000_000,
  stackDepth: 10_000_000,
  memoEntries: 5_000_000,
  textBytes: 1024,
  lineBytes: 1024 * 1024,
  nesting: 4,
  nested: 10_000,
  pickles: 10_000,
  reads: 100_000,
};
