import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { type RowSource, UnreadableRows } from '#domain/gates/dataset/rows.ts';
import { type Cells, inBatches, MAX_ROW_CHARACTERS } from './batches.ts';
import type { DataFile } from './data-file.ts';

/** RFC 4180 with a header, in UTF-8; a byte order mark and empty lines are passed over. */
export async function csvRows(file: DataFile): Promise<RowSource> {
  const parser = parse({
    bom: true,
    // Rows of another width are for the judge to count.
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_CHARACTERS,
  });
  // The iterator throws what the pipeline fails with.
  pipeline(await file.open(), parser, () => {});
  const records = recordsOf(file, parser);
  const { value: header } = await records.next();
  if (!header) {
    throw new UnreadableRows(`${file.path} is empty; export the rows again, below a header`);
  }
  return { header, batches: inBatches(records) };
}

async function* recordsOf(file: DataFile, parser: AsyncIterable<Cells>): AsyncGenerator<Cells> {
  try {
    yield* parser;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const row = Number(error.records);
    const at = row > 0 ? `row ${row}` : 'the header';
    throw new UnreadableRows(
      `${file.path} is no CSV at ${at}: ${error.message}; export it again with commas, and quotes doubled within quoted cells`,
      { cause: error },
    );
  }
}
