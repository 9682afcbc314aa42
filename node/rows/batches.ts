/** Rows handed on together: enough that the hand-over costs nothing. */
const BATCH_ROWS = 1000;
/** Characters of one row: a file without line ends must not fill the memory. */
export const MAX_ROW_CHARACTERS = 10_000_000;

export type Cells = readonly string[];

export async function* inBatches(rows: AsyncIterable<Cells>): AsyncGenerator<Cells[]> {
  let batch: Cells[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
