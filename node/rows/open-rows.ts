import { extname } from 'node:path';
import { type RowSource, UnreadableRows } from '#domain/gates/dataset/rows.ts';
import { csvRows } from './csv.ts';
import type { DataFile } from './data-file.ts';
import { jsonlRows } from './jsonl.ts';
import { parquetRows } from './parquet.ts';

const READERS: ReadonlyMap<string, (file: DataFile) => Promise<RowSource>> = new Map([
  ['.csv', csvRows],
  ['.jsonl', jsonlRows],
  ['.ndjson', jsonlRows],
  ['.parquet', parquetRows],
]);

/**
 * Rows of a file as they stream by, in memory that does not grow with it. Who stops early leaves
 * the loop over `batches`, which closes the file.
 *
 * @throws UnreadableRows for a file of another format, or one that breaks off before its first row.
 */
export async function openRows(file: DataFile): Promise<RowSource> {
  const reader = READERS.get(extname(file.path).toLowerCase());
  if (!reader) {
    throw new UnreadableRows(
      `got ${file.path}, expected a file that ends in ${[...READERS.keys()].join(', ')}; export the rows as one of them`,
    );
  }
  return reader(file);
}
