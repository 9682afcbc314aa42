/** Rows of a data set as they stream by, whatever file they come from; an absent value is ''. */
export interface RowSource {
  readonly header: readonly string[];
  /** Some rows at a time, each with one text a column of the header. */
  readonly batches: AsyncIterable<readonly (readonly string[])[]>;
}

/** Thrown by `batches` where the file breaks off its own format: says what, where and the remedy. */
export class UnreadableRows extends Error {
  override readonly name = 'UnreadableRows';
}
